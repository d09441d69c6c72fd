"""What sessions bear out of the work on a project, and how what several say comes together."""
