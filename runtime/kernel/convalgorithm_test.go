package kernel

import "testing"

// The choice follows what was measured: minimal filtering where channels and
// maps are large enough to pay for its maps and its larger weights.
func TestConvAlgorithm(t *testing.T) {
	all := func(m int) Algorithm { return Algorithm{m, m, m} }
	for _, tt := range []struct {
		name     string
		shape    ConvShape
		training bool
		want     Algorithm
	}{
		{"VGG 56²", square(1, 56, 256, 256, 3, 1, 1, 1, 1), true, all(4)},
		{"ResNet 28²", square(8, 28, 128, 128, 3, 1, 1, 1, 1), true, all(4)},
		{"ResNet 14²", square(8, 14, 256, 256, 3, 1, 1, 1, 1), true, all(4)},
		{"ResNet-20", square(128, 32, 16, 16, 3, 1, 1, 1, 1), true, all(4)},
		{"deep 7² of one image, training", square(1, 7, 512, 512, 3, 1, 1, 1, 1), true, all(0)},
		{"deep 14² of one image, inference", square(1, 14, 256, 256, 3, 1, 1, 1, 1), false, Algorithm{4, 4, 2}},
		{"deep 7² of one image, inference", square(1, 7, 512, 512, 3, 1, 1, 1, 1), false, all(0)},
		{"deep 14² of one image, training", square(1, 14, 256, 256, 3, 1, 1, 1, 1), true, all(2)},
		{"ResNet-20's 8² of one image, inference", square(1, 8, 64, 64, 3, 1, 1, 1, 1), false, Algorithm{4, 4, 0}},
		{"first layer", square(8, 224, 3, 64, 3, 1, 1, 1, 1), true, all(0)},
		{"few channels", square(8, 32, 8, 8, 3, 1, 1, 1, 1), true, all(0)},
		{"a pixel", square(1, 1, 64, 64, 3, 1, 1, 1, 1), true, all(0)},
		{"AlexNet's 5×5", square(1, 27, 64, 192, 5, 1, 2, 1, 1), true, all(2)},
		{"GoogLeNet's 5×5", square(1, 28, 16, 32, 5, 1, 2, 1, 1), true, all(2)},
		{"deep 5×5 of 7² and one image, training", square(1, 7, 256, 256, 5, 1, 2, 1, 1), true, all(0)},
		{"deep 5×5 of 7² and one image, inference", square(1, 7, 256, 256, 5, 1, 2, 1, 1), false, Algorithm{2, 2, 0}},
		{"LeNet-5", square(8, 14, 6, 16, 5, 1, 0, 1, 1), true, Algorithm{2, 0, 0}},
		{"5×5 of two channels to two", square(8, 28, 2, 2, 5, 1, 2, 1, 1), true, all(0)},
		{"LeNet-5's first", square(8, 28, 1, 6, 5, 1, 2, 1, 1), true, Algorithm{2, 0, 0}},
		{"LeNet-5's first of one image, inference", square(1, 28, 1, 6, 5, 1, 2, 1, 1), false, Algorithm{2, 0, 0}},
		{"one channel whose rows fill a vector", square(8, 16, 1, 16, 5, 1, 2, 1, 1), true, Algorithm{}},
		{"one channel of rows of one pair more", square(8, 18, 1, 16, 5, 1, 2, 1, 1), true, Algorithm{2, 0, 0}},
		{"one channel of 40 columns", square(1, 40, 1, 16, 5, 1, 2, 1, 1), false, Algorithm{2, 0, 0}},
		{"5×5 of a few channels", square(8, 16, 8, 8, 5, 1, 2, 1, 1), true, Algorithm{2, 2, 0}},
		{"5×5 of an image", square(8, 32, 3, 64, 5, 1, 2, 1, 1), true, Algorithm{2, 0, 0}},
		{"5×5 of an image to 24 channels", square(8, 32, 3, 24, 5, 1, 2, 1, 1), true, Algorithm{2, 0, 0}},
		{"5×5 of an image to 8 channels", square(8, 32, 3, 8, 5, 1, 2, 1, 1), true, Algorithm{2, 0, 0}},
		{"7×7", square(8, 28, 64, 64, 7, 1, 3, 1, 1), true, all(0)},
		{"stride", square(8, 56, 64, 64, 3, 2, 1, 1, 1), true, all(0)},
		{"dilation", square(8, 56, 64, 64, 3, 1, 2, 2, 1), true, all(0)},
		{"groups", square(8, 56, 64, 64, 3, 1, 1, 1, 2), true, all(0)},
		{"depthwise", square(8, 56, 64, 64, 3, 1, 1, 1, 64), true, all(0)},
	} {
		if got := ConvAlgorithm(tt.shape, tt.training, false); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// With bf16 the direct kernels are twice as fast, and minimal filtering, by way of
// float32, stays where channels are many and maps large.
func TestConvAlgorithmBF16(t *testing.T) {
	for _, tt := range []struct {
		name  string
		shape ConvShape
		want  Algorithm
	}{
		{"VGG 112²", square(4, 112, 128, 128, 3, 1, 1, 1, 1), Algorithm{4, 4, 4}},
		{"VGG 224²", square(4, 224, 64, 64, 3, 1, 1, 1, 1), Algorithm{}},
		{"ResNet 14²", square(8, 14, 256, 256, 3, 1, 1, 1, 1), Algorithm{}},
		{"ResNet 7²", square(8, 7, 512, 512, 3, 1, 1, 1, 1), Algorithm{}},
		{"odd channels have no form", square(4, 56, 128, 129, 3, 1, 1, 1, 1), Algorithm{4, 4, 4}},
	} {
		if got := ConvAlgorithm(tt.shape, true, true); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}
