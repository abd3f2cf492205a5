// Package op holds the operators, losses and optimizers of the language: one
// file each, listed here. A file says all that the compiler knows of its
// operator: attributes, shapes, parameters, counts, and how it becomes steps.
package op

import "github.com/netc-lang/netc/compiler/ir"

// Table is the vocabulary of a compiler.
type Table struct {
	Ops        []*ir.Op
	Losses     []*ir.Loss
	Optimizers []*ir.Optimizer
}

// New returns every operator, loss and optimizer of netc.
func New() *Table {
	return &Table{
		Ops: append([]*ir.Op{
			conv(),
			pool(),
			dense(),
			flatten(),
			dropout(),
			add(),
			concat(),
			mul(),
			bn(),
			layerNorm(),
			groupNorm(),
			instanceNorm(),
			gap(),
			adaptive(),
			lrn(),
			softmax(),
			logSoftmax(),
			leakyReLU(),
			prelu(),
			scale(),
			dropPath(),
			up(),
			upsample(),
			crop(),
			pad(),
			slice(),
			subsample(),
			shuffle(),
			pixelShuffle(),
			rbf(),
		}, activationOps()...),
		Losses: append([]*ir.Loss{
			crossEntropy(),
			multiMargin(),
			dice(),
			mapCriterion(),
		}, pointLossTable()...),
		Optimizers: []*ir.Optimizer{
			sgd(),
			adam(),
			adamw(),
			rmsprop(),
			adagrad(),
			adadelta(),
			lars(),
			lamb(),
		},
	}
}

// Op finds an operator by its word, or returns nil.
func (t *Table) Op(name string) *ir.Op {
	for _, o := range t.Ops {
		if o.Name == name {
			return o
		}
	}
	return nil
}

// Loss finds a loss by its word, or returns nil.
func (t *Table) Loss(name string) *ir.Loss {
	for _, l := range t.Losses {
		if l.Name == name {
			return l
		}
	}
	return nil
}

// Optimizer finds an optimizer by its word, or returns nil.
func (t *Table) Optimizer(name string) *ir.Optimizer {
	for _, o := range t.Optimizers {
		if o.Name == name {
			return o
		}
	}
	return nil
}
