package diag

// Codes of names, arguments and shapes in models and blocks. Append only.
const (
	UnknownLayer   Code = 2001
	UnknownKey     Code = 2002
	WrongForm      Code = 2003 // an argument of another form than its place takes
	MissingArg     Code = 2004
	RepeatedArg    Code = 2005
	TwoNumbers     Code = 2006 // two bare numbers where one has no key
	OutOfRange     Code = 2007
	UnknownName    Code = 2008
	DeclaredTwice  Code = 2009
	NamedTwice     Code = 2010
	NoInput        Code = 2011
	NoOutput       Code = 2012
	UnknownTap     Code = 2013
	TooManyLayers  Code = 2014
	BadArithmetic  Code = 2015
	BlockInItself  Code = 2016
	ExtraArg       Code = 2017
	NotInVersion   Code = 2018 // of the edition, but beyond this version of netc
	UnknownType    Code = 2019
	NoArgument     Code = 2020 // a model parameter without a value
	DoesNotApply   Code = 2021 // settings that do not go together
	BodyNotAllowed Code = 2022
	NotJoined      Code = 2023 // branches without what joins them, or the other way round
	ImportFailed   Code = 2024 // the file is missing or unreadable
	ImportPath     Code = 2025 // a path that imports cannot have
	ImportCircle   Code = 2026
	ImportTooMuch  Code = 2027
	KernelTooLarge Code = 2101
	NeedsMap       Code = 2102
	EvenSame       Code = 2103
	BranchesDiffer Code = 2104
	GroupsDivide   Code = 2105
	SizeOutOfRange Code = 2106
	NeedsVector    Code = 2107
	NeedsNumbers   Code = 2108
	SameAndPad     Code = 2109
	PoolPad        Code = 2110
	BadInputShape  Code = 2111
	OpenSize       Code = 2112 // what a size that the model leaves open must be
)

// modelPages explains those of names and arguments.
var modelPages = []Page{
	{UnknownLayer, "unknown-layer",
		"A layer is one of the language, or a block that the file declares; a word that is neither may be a slip. The message lists the layers, or the nearest of them.",
		"model A {\n  input x: 1x28x28\n  conv(6) -> rleu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) -> relu\n  output y\n}\n"},
	{UnknownKey, "unknown-key",
		"A `key=value` argument names a setting of the layer or a parameter of the block. Nothing unknown is passed over, since a misspelt setting would then quietly keep its default.",
		"model A {\n  input x: 1x28x28\n  conv(6, 3x3, strid=2)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 3x3, stride=2)\n  output y\n}\n"},
	{WrongForm, "wrong-form",
		"A value is of another form than its place takes, such as a size where a number belongs, or a float for a parameter of type int.",
		"model A {\n  input x: 1x28x28\n  conv(channels=3x3)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(channels=8, kernel=3x3)\n  output y\n}\n"},
	{MissingArg, "missing-argument",
		"A setting without a default was left out. The help shows a call that has everything it needs.",
		"model A {\n  input x: 1x28x28\n  flatten\n  dense\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  flatten\n  dense(10)\n  output y\n}\n"},
	{RepeatedArg, "repeated-argument",
		"One setting is given twice, by its key or by its form. Which of the two counts would be a guess.",
		"model A {\n  input x: 1x28x28\n  conv(6, 3x3, stride=1, stride=2)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 3x3, stride=2)\n  output y\n}\n"},
	{TwoNumbers, "two-numbers",
		"Arguments without a key are told apart by their form: a bare number is the channels, `5x5` the kernel. A second bare number could mean anything, so it takes its form or its key.",
		"model A {\n  input x: 1x28x28\n  conv(6, 5)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 5x5)\n  output y\n}\n"},
	{OutOfRange, "out-of-range",
		"A number lies outside the range in which its setting has a meaning, or a list has no element of that number. The message gives the range.",
		"model A {\n  input x: 1x28x28\n  conv(6, 3x3, stride=0)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 3x3, stride=1)\n  output y\n}\n"},
	{UnknownName, "unknown-name",
		"A name stands for a value, but neither a parameter nor the index of a repeat is called so; or a word is none of those that the layer knows.",
		"model A {\n  input x: 1x28x28\n  repeat n { conv(6) }\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  repeat 3 { conv(6) }\n  output y\n}\n"},
	{DeclaredTwice, "declared-twice",
		"Models and blocks share one set of names, recipes have another, and the parameters of a declaration a third; within each set a name is declared once. The layers of the language keep their names.",
		"block b { relu }\nblock b { tanh }\nmodel A {\n  input x: 1x28x28\n  b\n  conv(6) -> b\n  output y\n}\n", "block b { relu }\nblock c { tanh }\nmodel A {\n  input x: 1x28x28\n  b\n  conv(6) -> c\n  output y\n}\n"},
	{NamedTwice, "named-twice",
		"A name given with `as`, or to an output, belongs to one place: weights are stored under it, and `from`, `freeze` and `loss` look it up. No output is called `loss`, as training gives the loss under that name. A layer without a name is called by its kind and number, such as conv2. The same goes for the name from before that `was` gives: nothing else has it, or had it.",
		"model A {\n  input x: 1x28x28\n  conv(6) as stem\n  conv(6) as stem\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) as stem\n  conv(6) as second\n  output y\n}\n"},
	{NoInput, "no-input",
		"A model begins with its input: a name, and the shape of one image as channels x height x width. The batch is implicit.",
		"model A {\n  relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  relu\n  output y\n}\n"},
	{NoOutput, "no-output",
		"A model says what it returns. `output logits` returns the last value under the name logits; `output mask from head` returns one that was named before.",
		"model A {\n  input x: 1x28x28\n  relu\n}\n", "model A {\n  input x: 1x28x28\n  relu\n  output y\n}\n"},
	{UnknownTap, "unknown-tap",
		"`from` continues at a layer that was named with `as` further up, or at the input. No layer so far has that name.",
		"model A {\n  input x: 1x28x28\n  conv(6) as stem\n  from stme -> relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) as stem\n  from stem -> relu\n  output y\n}\n"},
	{TooManyLayers, "too-many-layers",
		"A model has at most 100,000 layers once its blocks and repeats are written out, and what they take to write out is bounded as well. Most often a count has a zero too many.",
		"model A {\n  input x: 1x28x28\n  repeat 1000000000 { conv(6) }\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  repeat 10 { conv(6) }\n  output y\n}\n"},
	{BadArithmetic, "bad-arithmetic",
		"A calculation has no result: it divides by zero, or leaves the range of 64-bit whole numbers or of floats. Division of whole numbers rounds down.",
		"model A {\n  input x: 1x28x28\n  conv(8 / 0)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(8 / 2)\n  output y\n}\n"},
	{BlockInItself, "block-in-itself",
		"A block uses itself, directly or by way of others, or blocks stand within blocks more than 64 deep. A model is written out in full before anything else, so that would never end. Use `repeat` for repetition.",
		"block b { b }\nmodel A {\n  input x: 1x28x28\n  b\n  output y\n}\n", "block b { relu }\nmodel A {\n  input x: 1x28x28\n  b\n  output y\n}\n"},
	{ExtraArg, "extra-argument",
		"An argument without a key has a form that no place of the call takes, or stands behind the last parameter of a block.",
		"model A {\n  input x: 1x28x28\n  pool(max, 2)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  pool(max, 2x2)\n  output y\n}\n"},
	{NotInVersion, "not-in-version",
		"The statement belongs to edition 1 of the language, but this version of netc does not build it. It is refused, so that no part of a file is left out in silence.",
		"model A {\n  input x: 1x28x28\n  input depth: 1x28x28\n  flatten -> dense(10)\n  output y\n}\n", "model A {\n  input x: 2x28x28\n  flatten -> dense(10)\n  output y\n}\n"},
	{UnknownType, "unknown-type",
		"The type of a parameter is int, ints, float, floats, bool, word or size.",
		"block b(n: integer) { conv(n) }\nmodel A {\n  input x: 1x28x28\n  b(3)\n  output y\n}\n", "block b(n: int) { conv(n) }\nmodel A {\n  input x: 1x28x28\n  b(3)\n  output y\n}\n"},
	{NoArgument, "no-argument",
		"A parameter without a default gets its value where the block or the model is used.",
		"block b(n: int) { conv(n) }\nmodel A {\n  input x: 1x28x28\n  b\n  output y\n}\n", "block b(n: int) { conv(n) }\nmodel A {\n  input x: 1x28x28\n  b(3)\n  output y\n}\n"},
	{DoesNotApply, "does-not-apply",
		"Two settings do not go together: one of them has no meaning beside the other, and would be passed over.",
		"model A {\n  input x: 1x28x28\n  pool(max, 2x2, count_pad)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  pool(avg, 2x2, count_pad)\n  output y\n}\n"},
	{BodyNotAllowed, "body-not-allowed",
		"Only `repeat` and the layers that combine others have a body between braces.",
		"model A {\n  input x: 1x28x28\n  conv(6) { tanh }\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) -> tanh\n  output y\n}\n"},
	{NotJoined, "not-joined",
		"`parallel` gives as many values as it has branches, two or more, and a layer behind it makes one of them: `concat` puts them side by side, `add` adds them. Such a layer stands nowhere else.",
		"model A {\n  input x: 1x28x28\n  parallel {\n    branch conv(4, same)\n    branch conv(8, same)\n  }\n  relu\n  output y\n}\n",
		"model A {\n  input x: 1x28x28\n  parallel {\n    branch conv(4, same)\n    branch conv(8, same)\n  } -> concat\n  relu\n  output y\n}\n"},
	{ImportFailed, "import-failed",
		"An imported file could not be read. Its path is taken from the folder of the file that imports it; paths that begin with `std/` are of the library that comes with netc.",
		"import \"no/such.net\"\nmodel A {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\n", "import \"std/resnet.net\"\nmodel A {\n  input x: 1x28x28\n  basic(6)\n  output y\n}\n"},
	{ImportPath, "import-path",
		"An import names a .net file by its path from the folder of the file, with `/` between the parts, within the project: below the nearest folder that has a go.mod, a .git or a netc.root.",
		"import \"../../../blocks.net\"\nmodel A {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\n", "import \"std/resnet.net\"\nmodel A {\n  input x: 1x28x28\n  basic(6)\n  output y\n}\n"},
	{ImportCircle, "import-circle",
		"A file imports itself, directly or by way of others. Move what both need to a file of its own.",
		"import \"bad.net\"\nmodel A {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\n", "import \"std/resnet.net\"\nmodel A {\n  input x: 1x28x28\n  basic(6)\n  output y\n}\n"},
	{ImportTooMuch, "import-too-much",
		"A file imports, by itself and by way of others, at most 256 files of 16 MiB together, 32 deep.",
		"", ""},
}

// shapePages explains those of shapes.
var shapePages = []Page{
	{KernelTooLarge, "kernel-too-large",
		"The window of a convolution or pooling has more rows or columns than the padded map in front of it, so it fits nowhere. Pad the map, choose a smaller kernel, or shrink the map less before it.",
		"model A {\n  input x: 1x28x28\n  pool(avg, 4x4)\n  conv(6, 9x9)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  pool(avg, 4x4)\n  conv(6, 5x5)\n  output y\n}\n"},
	{NeedsMap, "needs-map",
		"Convolution and pooling slide over rows and columns, which a vector no longer has. Put the layer in front of the `flatten` or `dense` that made the vector.",
		"model A {\n  input x: 1x28x28\n  flatten\n  conv(6)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6)\n  flatten\n  output y\n}\n"},
	{EvenSame, "even-same",
		"`same` pads both sides alike, which an even kernel cannot have: it needs an odd number of extra pixels. `same(tf)` puts the odd one at the bottom and the right, as TensorFlow does.",
		"model A {\n  input x: 1x28x28\n  conv(6, 4x4, same)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 4x4, same(tf))\n  output y\n}\n"},
	{BranchesDiffer, "branches-differ",
		"What is added has the same channels, height and width; what is put side by side, the same height and width. A residual can let its input project, by a 1x1 convolution with the stride of the body.",
		"model A {\n  input x: 8x28x28\n  residual(project=none) { conv(16, same, stride=2) }\n  output y\n}\n",
		"model A {\n  input x: 8x28x28\n  residual(project=auto) { conv(16, same, stride=2) }\n  output y\n}\n"},
	{GroupsDivide, "groups-divide",
		"A grouped convolution deals the input and the output channels out in equal groups, so their number divides both.",
		"model A {\n  input x: 1x28x28\n  conv(6) -> conv(8, groups=4)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(8) -> conv(8, groups=4)\n  output y\n}\n"},
	{SizeOutOfRange, "size-out-of-range",
		"A layer would make a value or a weight too large to compute with: a size is at most 16,777,216, and a value of one image, or a parameter, has at most 2⁴⁰ elements.",
		"model A {\n  input x: 1x28x28\n  conv(16777216) -> conv(16777216)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(16) -> conv(16)\n  output y\n}\n"},
	{NeedsVector, "needs-vector",
		"A dense layer, and a loss over classes, work on a vector. Flatten the map in front of it.",
		"model A {\n  input x: 1x28x28\n  conv(6)\n  dense(10)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6)\n  flatten -> dense(10)\n  output y\n}\n"},
	{NeedsNumbers, "needs-numbers",
		"The input leaves its height or width open, and here a number is needed: the weights of a dense layer, for one, have a fixed size. Give the size as a number.",
		"model A {\n  input x: 1xHxW\n  flatten\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  flatten\n  output y\n}\n"},
	{SameAndPad, "same-and-pad",
		"`same` derives the padding from the kernel, and `pad` states it. Only one of them can hold.",
		"model A {\n  input x: 1x28x28\n  conv(6, 3x3, same, pad=1)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6, 3x3, pad=1)\n  output y\n}\n"},
	{PoolPad, "pool-pad",
		"Pooling pads by at most half its window: otherwise a window could lie in the padding altogether, and would have no value.",
		"model A {\n  input x: 1x28x28\n  pool(max, 2x2, pad=2)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  pool(max, 2x2, pad=1)\n  output y\n}\n"},
	{BadInputShape, "bad-input-shape",
		"The shape of an input is channels x height x width, such as 3x224x224. Each is a number from 1 up; height and width may also be names, which leaves them open.",
		"model A {\n  input x: 28x28\n  relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  relu\n  output y\n}\n"},
	{OpenSize, "open-size",
		"The model leaves its height or width open, and joins branches that have the same size for some values of it only: going down by a pooling and up again gives 16 rows back from 17. This is no error; an input of another size will be one.",
		"model A {\n  input x: 1xHxW\n  skip(concat) { pool(max, 2x2) -> up(2, 2x2) }\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  skip(concat) { pool(max, 2x2) -> up(2, 2x2) }\n  output y\n}\n"},
}
