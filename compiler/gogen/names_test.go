package gogen

import "testing"

func TestIdent(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"conv1", "conv1"},
		{"conv1.weight", "conv1Weight"},
		{"c2[1].conv2", "c2x1Conv2"},
		{"c2[1].conv2.weight", "c2x1Conv2Weight"},
		{"d c2[1].conv2", "dC2x1Conv2"},
		{"block[3].bn.running_mean", "block3BnRunningMean"},
		{"BN", "bn"},
		{"LeNet5", "leNet5"},
		{"3x3", "x3x3"},
		{"größe.ß", "größeß"},
		{"", "x"},
		{"--", "x"},
	} {
		if got := ident(tt.name); got != tt.want {
			t.Errorf("ident(%q) = %s, want %s", tt.name, got, tt.want)
		}
	}
}

func TestExported(t *testing.T) {
	for _, tt := range []struct{ id, want string }{
		{"leNet5", "LeNet5"},
		{"网络", "X网络"},
	} {
		if got := exported(tt.id); got != tt.want {
			t.Errorf("exported(%q) = %s, want %s", tt.id, got, tt.want)
		}
	}
}

func TestScope(t *testing.T) {
	s := newScope("pool")
	for _, tt := range []struct{ want, got string }{
		{"conv", "conv"},
		{"conv", "conv2"},
		{"conv", "conv3"},
		{"conv1", "conv1"},
		{"conv1", "conv1x2"},
		{"pool", "pool2"},
		{"range", "range2"},
	} {
		if got := s.add(tt.want); got != tt.got {
			t.Errorf("add(%q) = %s, want %s", tt.want, got, tt.got)
		}
	}
}

func TestKernelIdent(t *testing.T) {
	for _, tt := range []struct{ layer, typ, want string }{
		{"conv1", "Conv", "Conv1"},
		{"conv1", "ConvBackwardWeights", "Conv1BackwardWeights"},
		{"c2[1].conv2", "ConvGrad", "C2x1Conv2Grad"},
		{"stem", "Conv", "StemConv"},
		{"conv1", "SGD", "Conv1SGD"},
		{"relu", "Activation", "ReluActivation"},
		{"maxpool1", "MaxPoolBackward", "Maxpool1Backward"},
		{"cross_entropy", "CrossEntropy", "CrossEntropy"},
		{"", "Conv", "Conv"},
	} {
		if got := kernelIdent(tt.layer, tt.typ); got != tt.want {
			t.Errorf("kernelIdent(%q, %s) = %s, want %s", tt.layer, tt.typ, got, tt.want)
		}
	}
}
