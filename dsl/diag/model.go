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
	KernelTooLarge Code = 2101
	NeedsMap       Code = 2102
	EvenSame       Code = 2103
	GroupsDivide   Code = 2105
	SizeOutOfRange Code = 2106
	NeedsVector    Code = 2107
	NeedsNumbers   Code = 2108
	SameAndPad     Code = 2109
	PoolPad        Code = 2110
	BadInputShape  Code = 2111
)
