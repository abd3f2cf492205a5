package diag

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
	UnknownWord     Code = 1011 // a word that starts nothing here
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
var syntaxPages = []Page{}
