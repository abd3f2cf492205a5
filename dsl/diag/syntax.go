package diag

import "strings"

// Codes of reading the text. Append only.
const (
	NotText         Code = 1001 // bytes that are not UTF-8 text
	FileTooLarge    Code = 1002
	EmptyFile       Code = 1003
	UnknownChar     Code = 1004
	BadNumber       Code = 1005
	BadString       Code = 1006
	TooDeep         Code = 1007
	Unclosed        Code = 1008 // an opening bracket without its closing one
	Unopened        Code = 1009 // a closing bracket without its opening one
	Unexpected      Code = 1010 // a token where another was expected
	UnknownWord     Code = 1011 // a word that starts or joins nothing
	TwoStatements   Code = 1012 // on one line without `;`
	StrayArrow      Code = 1013
	KeySign         Code = 1014 // `:` for `=` or the other way round
	NoBody          Code = 1015 // braces are missing
	ReservedWord    Code = 1016 // a word of the language as a name
	WrongEdition    Code = 1017
	Misplaced       Code = 1018 // a statement where its kind does not belong
	NameEndsChain   Code = 1019 // `as` before the end of a chain
	TooManyMistakes Code = 1020
)

// syntaxPages explains them.
var syntaxPages = []Page{
	{NotText, "not-text",
		"A .net file is text in UTF-8. A zero byte or a byte sequence that UTF-8 does not know means that the file is something else, or that an editor saved it in another encoding. Save it as UTF-8.",
		"model A {\n  input x: 1x28x28\n  conv(6) \xff\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\n"},
	{FileTooLarge, "file-too-large",
		"Files are read up to 4 MiB. A network of that size is better written with blocks and `repeat`, or split into files that are imported.",
		"", ""},
	{EmptyFile, "empty-file",
		"The file holds no declaration. A .net file declares at least one model, block or recipe, or imports another file.",
		"// nothing yet\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\n"},
	{UnknownChar, "unknown-character",
		"The text holds a character that the language does not use. Often it came with a copy from a document: typographic quotes, a multiplication sign, a non-breaking space. Comments start with `//`, texts stand in straight double quotes, names are made of the letters a-z and A-Z, digits and `_`.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5×5)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5)\n  output y\n}\n"},
	{BadNumber, "bad-number",
		"A number is digits, possibly with a point between digits and an exponent: 64, 0.5, 1e-3. A size is dimensions joined by a small x without blanks: 3x3, 3xHxW, 3x(2*n). Names do not start with a digit.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5x)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5)\n  output y\n}\n"},
	{BadString, "bad-text",
		"A text in double quotes ends on the line it starts on. Within it `\\\"`, `\\\\`, `\\n` and `\\t` stand for a quote, a backslash, a line end and a tab; other backslashes are errors. Paths are written with `/` on every system.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data idx(\"digits/)\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data idx(\"digits/\")\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{TooDeep, "too-deep",
		"Brackets nest at most 64 deep and an expression has at most 256 operators, so that no file can exhaust the machine that reads it. Move inner parts into blocks of their own.",
		"model A {\n  input x: 1x28x28\n  conv(" + deep("(") + "1" + deep(")") + ")\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(1)\n  output y\n}\n"},
	{Unclosed, "unclosed-bracket",
		"An opening bracket has no closing one. The help shows the likely place for it; for braces the indentation of the lines below the mark tells more.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5x5\n  relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5)\n  relu\n  output y\n}\n"},
	{Unopened, "unopened-bracket",
		"A closing bracket has no opening one, or closes one of another kind.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5x5))\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5)\n  output y\n}\n"},
	{Unexpected, "unexpected",
		"Something else was expected at this place. The message says what.",
		"model A {\n  input : 1x28x28\n  conv(6)\n  output y\n}\n", "model A {\n  input image: 1x28x28\n  conv(6)\n  output y\n}\n"},
	{UnknownWord, "unknown-word",
		"At the top level of a file stand `net`, `import`, `model`, `block` and `train`; within a statement `as`, `from`, `in`, `of` and `on` join its parts. The word is none of them.",
		"modle A {\n  input x: 1x28x28\n  relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  relu\n  output y\n}\n"},
	{TwoStatements, "two-statements",
		"A statement ends with its line. Two on one line are separated by `;`; layers that feed one another are joined by `->`.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5x5) relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5) -> relu\n  output y\n}\n"},
	{StrayArrow, "stray-arrow",
		"`->` feeds the layer before it into the layer behind it, and one of the two is missing. At the start of a line it continues the line above; the first line of a body has none above, and needs no arrow.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5x5) -> -> relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5) -> relu\n  output y\n}\n"},
	{KeySign, "key-sign",
		"`=` gives a value: arguments (stride=2) and defaults (classes: int = 10). `:` says what a name is: the shape of an input, the type of a parameter, the widths of a branch (3x3: 64). The entries of a recipe take neither: epochs 5.",
		"model A {\n  input image = 1x28x28\n  conv(6)\n  output y\n}\n", "model A {\n  input image: 1x28x28\n  conv(6)\n  output y\n}\n"},
	{NoBody, "no-body",
		"Models, blocks, recipes, `repeat` and `aux` have a body between braces.",
		"model A(classes: int = 10)\n", "model A(classes: int = 10) {\n  input x: 1x28x28\n  flatten -> dense(classes)\n  output y\n}\n"},
	{ReservedWord, "reserved-word",
		"Words with a meaning in the language cannot name a block, a parameter or a layer where that would make a statement read in two ways.",
		"block repeat(n: int) {\n  conv(n)\n}\n", "block again(n: int) {\n  conv(n)\n}\n"},
	{WrongEdition, "wrong-edition",
		"The first line of a file may name the edition of the language that it is written in. This netc reads edition 1.",
		"net 2\nmodel A {\n  input x: 1x28x28\n  relu\n  output y\n}\n", "net 1\nmodel A {\n  input x: 1x28x28\n  relu\n  output y\n}\n"},
	{Misplaced, "misplaced",
		"The statement is in order, but not here: declarations stand at the top level of a file, layers within a model or a block, `net` before everything else, `from` at the start of a chain.",
		"model A {\n  input x: 1x28x28\n  conv(6)\n  output y\n  model B {\n    input x: 1x28x28\n    conv(6)\n    output y\n  }\n}\n", "model A {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\nmodel B {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\n"},
	{NameEndsChain, "name-ends-chain",
		"`as` names the whole chain and ends it. Name the first part on a line of its own, and go on with the next: lines feed one another.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5x5) as first -> relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5) as first\n  relu\n  output y\n}\n"},
	{TooManyMistakes, "too-many-mistakes",
		"After 100 mistakes the rest of a file is not looked at. Most often it is not a .net file.",
		"", ""},
}

// deep is a bracket too many times.
func deep(bracket string) string { return strings.Repeat(bracket, 70) }
