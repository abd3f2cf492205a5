// Package lenet5 is LeNet-5 as netc compiles it: generated from lenet5.net, and
// an example of how a program uses a generated model.
package lenet5

//go:generate go run ../../cmd/netc compile lenet5.net
