"""Print: names, expressions and lines, as a careful person would write them. source.py puts them together."""
