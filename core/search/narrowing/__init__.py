"""Searching only among the hits of an earlier search, and comparing with the values seen then."""
