"""The command line: arguments become calls of the parts below, what they raise becomes words and an exit code."""
