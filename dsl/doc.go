// Package dsl reads and lays out .net files.
//
// Input: the text of one file. Output: its syntax tree with a place for every
// node, and diagnostics; or the same text in canonical layout.
//
// Invariants: Parse returns a tree for any input, holding everything that could
// be read, and never panics; one mistake gives one diagnostic; the time taken
// is proportional to the size of the text. The tree says what was written, not
// what it means: names, arguments and shapes are the checker's. Format never
// changes the tree and never loses a comment.
package dsl
