package diag

// Codes of training recipes. Append only.
const (
	UnknownEntry  Code = 3001
	MissingEntry  Code = 3002
	RepeatedEntry Code = 3003
	UnknownModel  Code = 3004
	EntryForm     Code = 3005 // an entry written in another form than its key takes
	UnknownCall   Code = 3006 // an unknown loss, optimizer, schedule, transform or data set
	NotAnOutput   Code = 3007
	PartsOverlap  Code = 3011 // a layer in two of the parts that an entry names
	EmptyPart     Code = 3012 // layers without weights, a range that runs backwards, nothing left to train
	CannotCache   Code = 3013
)

// recipePages explains them.
var recipePages = []Page{
	{UnknownEntry, "unknown-entry",
		"A recipe is made of known lines; the message lists their keys. Nothing unknown is passed over.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  epoch 3\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{MissingEntry, "missing-entry",
		"A recipe says what it trains on, in which batches, how long, with which loss and by which optimizer. None of these has a default.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{RepeatedEntry, "repeated-entry",
		"A line stands twice in a recipe. Which of the two counts would be a guess.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  batch 32\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{UnknownModel, "unknown-model",
		"`train NAME of MODEL` trains a model of the same file.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of B {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{EntryForm, "entry-form",
		"A line of a recipe is written in another form than its key takes. The help shows one that it takes.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy\n  optimizer sgd(lr=0.1)\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{UnknownCall, "unknown-part",
		"No loss, optimizer, schedule, transform or data set has this name. The help gives the nearest one, or all.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnits\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{NotAnOutput, "not-an-output",
		"A loss applies to an output of the model, by the name that the model gives it.",
		"model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on z\n  optimizer sgd(lr=0.1)\n}\n", "model A {\n  input x: 1x28x28\n  flatten -> dense(10)\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n}\n"},
	{PartsOverlap, "parts-overlap",
		"Entries such as `freeze` and `rates` name parts of a model: the layers under a name, or all from one name to another. A layer in two of the parts would have two settings.",
		"model A {\n  input x: 1x28x28\n  conv(4) -> relu as stem\n  flatten -> dense(10) as head\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  freeze stem, stem.conv1\n}\n", "model A {\n  input x: 1x28x28\n  conv(4) -> relu as stem\n  flatten -> dense(10) as head\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  freeze stem\n}\n"},
	{EmptyPart, "empty-part",
		"An entry names layers that have no weights, or freezes all there are: nothing would be trained, or nothing would change. A range goes from a layer to a later one.",
		"model A {\n  input x: 1x28x28\n  conv(4) -> relu as stem\n  flatten -> dense(10) as head\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  freeze head..stem\n}\n", "model A {\n  input x: 1x28x28\n  conv(4) -> relu as stem\n  flatten -> dense(10) as head\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  freeze stem\n}\n"},
	{CannotCache, "cannot-cache",
		"A stage computes a cached value once for each image and trains what is below it. So nothing above it may change while the stage trains: it is frozen and draws nothing by chance; all further layers depend on it alone; and where the images change by chance, `views=` says how many versions of each to keep.",
		"model A {\n  input x: 1x28x28\n  conv(4) -> relu as stem\n  flatten -> dense(10) as head\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  stage a { cache stem }\n}\n", "model A {\n  input x: 1x28x28\n  conv(4) -> relu as stem\n  flatten -> dense(10) as head\n  output y\n}\ntrain t of A {\n  data mnist\n  batch 64\n  epochs 2\n  loss cross_entropy on y\n  optimizer sgd(lr=0.1)\n  stage a { freeze stem; cache stem }\n}\n"},
}
