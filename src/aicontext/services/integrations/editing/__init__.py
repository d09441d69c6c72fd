"""Changes to other programs' files of settings: only the wanted span, the rest byte for byte."""
