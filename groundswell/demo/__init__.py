"""The built-in demo: three invented weeks of the fictional brand Halvero 禾维洛, written for this project."""
