package lenet5_test

import (
	"testing"

	"github.com/netc-lang/netc/models/lenet5"
)

func BenchmarkStep(b *testing.B) {
	net := lenet5.New(1, 1)
	defer net.Close()
	images := make([]float32, lenet5.TrainBatch*lenet5.ImageLen)
	for i := range images {
		images[i] = float32(i*i%255) / 255
	}
	labels := make([]int32, lenet5.TrainBatch)
	b.ReportAllocs()
	for b.Loop() {
		net.Step(images, labels, 0.01)
	}
	b.ReportMetric(float64(b.N)*lenet5.TrainBatch/b.Elapsed().Seconds(), "images/s")
}
