"""The page on which one draws a digit, and the network answers: a server of JSON and of the page's files."""
