"""Who points where: words that point to a place, what holds each, and which blocks nothing leads to."""
