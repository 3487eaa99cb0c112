package dev.lanewise.model.chat.jinja;

/** A place in a template: a line and a character of it, both counted from 1. */
record Place(int line, int column) {}
