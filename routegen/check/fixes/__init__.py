"""Fixes: edits of bytes, all of a fix or none, applied in rounds until nothing is left to mend.

A rule calls one function, whatever the language; where a script is written otherwise, that one hands over to its twin in
`script_*`. What a fix writes is of the language that it names: `edits.fix` drops an edit in a file of the other one.
"""
