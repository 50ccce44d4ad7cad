"""What an article must have before people read it: rules as data, and the gate that every way to publish goes through.

Nothing is imported here: the page models import the gate, and the rules import the page models.
"""
