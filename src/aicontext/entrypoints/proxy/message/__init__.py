"""HTTP messages on their way through: headers, bodies, answers, and errors of ours."""
