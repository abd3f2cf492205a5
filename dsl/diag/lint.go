package diag

// Codes of lints: what is allowed, and most likely not meant. Append only.
const (
	BiasBeforeNorm  Code = 4001
	UnreadName      Code = 4002
	UnusedLayer     Code = 4003 // its result reaches no output
	LargeKernel     Code = 4004 // larger than its map, but for the padding
	TwoActivations  Code = 4005
	SoftmaxInLoss   Code = 4006 // in front of a loss that applies it itself
	UnusedParameter Code = 4007
	UnusedIndex     Code = 4008
	UnusedBlock     Code = 4009
	UnusedImport    Code = 4010
	LastDropout     Code = 4011 // an output with elements dropped
	BoundedScores   Code = 4012 // an activation in front of cross_entropy
	SkippedPixels   Code = 4013
	NoEffect        Code = 4014
	LinearPair      Code = 4015 // two dense layers that are one
	UselessIgnore   Code = 4016
)

// lintPages explains them.
var lintPages = []Page{
	{BiasBeforeNorm, "bias-before-norm",
		"`bn` and `instance_norm` subtract the mean of each channel, so that a bias right in front of them is subtracted again: it takes memory and learns nothing. A `conv` in front of `bn` has none unless `bias=true` is written; other layers need `bias=false`. A file of weights saved with the bias has one tensor too many afterwards.",
		"model A {\n  input x: 1x28x28\n  conv(6, bias=true) -> bn -> relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) -> bn -> relu\n  output y\n}\n"},
	{UnreadName, "unread-name",
		"A name is there to be read, by `from`, `output`, a loss or another line of a recipe, or to be the name of weights. This one is read nowhere, and what it names has no weights. Read it, or leave it out.",
		"model A {\n  input x: 1x28x28\n  conv(6) -> relu\n  pool(max, 2x2) as small\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) -> relu\n  pool(max, 2x2)\n  output y\n}\n"},
	{UnusedLayer, "unused-layer",
		"No output and no head of the model can be reached from this layer, so it costs time and memory and changes nothing. Perhaps a name was not read further down, or `output` stands too early.",
		"model A {\n  input x: 1x28x28\n  conv(6) as stem\n  from stem -> conv(8) as side\n  from stem -> relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) as stem\n  from stem -> conv(8) as side\n  from stem -> relu\n  output y, side\n}\n"},
	{LargeKernel, "large-kernel",
		"The window of a convolution or pooling has more rows or columns than its map; it fits because of the padding alone. Some of its weights see little but padding. Shrink the map less before it, or choose a smaller kernel.",
		"model A {\n  input x: 1x8x8\n  pool(max, 4x4)\n  conv(6, 5x5, same)\n  output y\n}\n", "model A {\n  input x: 1x8x8\n  pool(max, 4x4)\n  conv(6, 1x1)\n  output y\n}\n"},
	{TwoActivations, "two-activations",
		"Two activations follow each other with nothing to learn between them. A second `relu` changes nothing; behind a `relu` half the range of another activation is out of reach; two rectifiers of different kinds are most likely left from a change.",
		"model A {\n  input x: 1x28x28\n  conv(6) -> relu -> relu\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) -> relu\n  output y\n}\n"},
	{SoftmaxInLoss, "softmax-in-loss",
		"`cross_entropy` takes scores and applies a log-softmax itself. On an output that is a softmax already it flattens the gradient and training is slow and ends early; with `log_softmax` the second one is wasted. Let the output be the scores.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10) -> softmax\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{UnusedParameter, "unused-parameter",
		"A parameter of a model or block is used nowhere in it, so that a value given for it is passed over. Use it, or take it out of the declaration and the calls.",
		"model A(classes: int = 10) {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\n", "model A(classes: int = 10) {\n  input x: 1x28x28\n  flatten -> dense(classes)\n  output y\n}\n"},
	{UnusedIndex, "unused-index",
		"The index of a repeat is used nowhere in its body. `repeat 3 { … }` repeats without one.",
		"model A {\n  input x: 1x28x28\n  repeat i in 3 { conv(6) }\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  repeat 3 { conv(6) }\n  output y\n}\n"},
	{UnusedBlock, "unused-block",
		"No model of this file contains the block. In a file without models, which others import, that is as it should be; beside models it is most likely left over.",
		"block b { relu }\nmodel A {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\n", "block b { relu }\nmodel A {\n  input x: 1x28x28\n  conv(6) -> b\n  output y\n}\n"},
	{UnusedImport, "unused-import",
		"Nothing that the imported file declares is used in this one. What it imports itself is not passed on.",
		"import \"std/resnet.net\"\nmodel A {\n  input x: 1x28x28\n  conv(6)\n  output y\n}\n", "import \"std/resnet.net\"\nmodel A {\n  input x: 1x28x28\n  basic(6)\n  output y\n}\n"},
	{LastDropout, "last-dropout",
		"An output comes straight out of a `dropout` or a `drop_path`. In training some of its elements are 0 whatever the network has learnt, and the loss punishes it for that. Drop in front of the last layer with weights.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10) -> dropout(0.5)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dropout(0.5) -> dense(10)\n  output y\n}\n"},
	{BoundedScores, "bounded-scores",
		"`cross_entropy` takes scores of any size and sign. An activation in front of it cuts them off: behind a `relu` no class can be ruled out, behind a `sigmoid` or `tanh` none can be certain. Let the last layer with weights be the output.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10) -> relu\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{SkippedPixels, "skipped-pixels",
		"The stride of a convolution or pooling is larger than its window, so that rows or columns between two windows are never looked at. A window of one pixel is exempt: taking every second pixel is what it is for.",
		"model A {\n  input x: 1x28x28\n  pool(max, 2x2, stride=3)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  pool(max, 3x3, stride=3)\n  output y\n}\n"},
	{NoEffect, "no-effect",
		"The layer passes its input through as it is: a `flatten` of a vector, a dropout of 0, a window of one pixel, one group. Leave it out.",
		"model A {\n  input x: 1x28x28\n  conv(6) -> gap -> flatten\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) -> gap\n  output y\n}\n"},
	{LinearPair, "linear-pair",
		"Two dense layers follow each other without an activation between them, and the first is no narrower than what stands around it. Together they compute what one of them could. Put an activation between them, or leave one out.",
		"model A {\n  input x: 1x28x28\n  flatten\n  dense(100)\n  dense(10)\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  flatten\n  dense(100) -> relu\n  dense(10)\n  output y\n}\n"},
	{UselessIgnore, "useless-ignore",
		"A comment `// netc:ignore N4003 reason` at the end of a line, or on a line of its own above it, silences warnings of that line. This one silences nothing, or does not say which and why: codes first, then the reason. Errors cannot be silenced.",
		"model A {\n  input x: 1x28x28\n  conv(6) // netc:ignore N4005 the paper has two\n  output y\n}\n", "model A {\n  input x: 1x28x28\n  conv(6) -> relu -> relu // netc:ignore N4005 the paper has two\n  output y\n}\n"},
}
