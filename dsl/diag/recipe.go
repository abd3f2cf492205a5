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
}
