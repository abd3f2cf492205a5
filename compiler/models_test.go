package compiler_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netc-lang/netc/compiler"
	"github.com/netc-lang/netc/compiler/ir"
	"github.com/netc-lang/netc/compiler/stats"
)

// referenced are the models whose counts are known from elsewhere: a network of
// testdata/reference, its file below models/ and model, and what is set. A name
// paper_… is a network that its paper describes, counted in a program of its own;
// the others are counted as torchvision 0.14 builds them.
var referenced = []struct{ name, file, model, set string }{
	{"paper_lenet5_28pad2", "lenet5", "LeNet5", ""},
	{"resnet18", "resnet", "ResNet18", ""},
	{"resnet34", "resnet", "ResNet34", ""},
	{"resnet50", "resnet", "ResNet50", ""},
	{"resnet101", "resnet", "ResNet101", ""},
	{"resnet152", "resnet", "ResNet152", ""},
	{"paper_resnet18_A", "resnet", "ResNet18", "project=pad"},
	{"paper_resnet18_B", "resnet", "ResNet18", ""},
	{"paper_resnet34_A", "resnet", "ResNet34", "project=pad"},
	{"paper_resnet34_B", "resnet", "ResNet34", ""},
	{"paper_resnet50_v1", "resnet", "ResNet50v1", ""},
	{"paper_resnet101_v1", "resnet", "ResNet101v1", ""},
	{"paper_resnet152_v1", "resnet", "ResNet152v1", ""},
	{"paper_plain18", "plain", "Plain18", ""},
	{"paper_plain34", "plain", "Plain34", ""},
	{"paper_cifar_plain20", "plain", "PlainCIFAR", "n=3"},
	{"paper_cifar_plain32", "plain", "PlainCIFAR", "n=5"},
	{"paper_cifar_plain44", "plain", "PlainCIFAR", "n=7"},
	{"paper_cifar_plain56", "plain", "PlainCIFAR", "n=9"},
	{"paper_cifar_resnet20_A", "cifar_resnet", "ResNetCIFAR", "n=3"},
	{"paper_cifar_resnet20_B", "cifar_resnet", "ResNetCIFAR", "n=3 project=auto"},
	{"paper_cifar_resnet32_A", "cifar_resnet", "ResNetCIFAR", "n=5"},
	{"paper_cifar_resnet32_B", "cifar_resnet", "ResNetCIFAR", "n=5 project=auto"},
	{"paper_cifar_resnet44_A", "cifar_resnet", "ResNetCIFAR", "n=7"},
	{"paper_cifar_resnet44_B", "cifar_resnet", "ResNetCIFAR", "n=7 project=auto"},
	{"paper_cifar_resnet56_A", "cifar_resnet", "ResNetCIFAR", "n=9"},
	{"paper_cifar_resnet56_B", "cifar_resnet", "ResNetCIFAR", "n=9 project=auto"},
	{"paper_cifar_resnet110_A", "cifar_resnet", "ResNetCIFAR", "n=18"},
	{"paper_cifar_resnet110_B", "cifar_resnet", "ResNetCIFAR", "n=18 project=auto"},
	{"vgg11", "vgg", "VGG11", ""},
	{"vgg13", "vgg", "VGG13", ""},
	{"vgg16", "vgg", "VGG16", ""},
	{"vgg19", "vgg", "VGG19", ""},
	{"vgg11_bn", "vgg", "VGG11bn", ""},
	{"vgg13_bn", "vgg", "VGG13bn", ""},
	{"vgg16_bn", "vgg", "VGG16bn", ""},
	{"vgg19_bn", "vgg", "VGG19bn", ""},
	{"alexnet", "alexnet", "AlexNet2014", ""},
	{"paper_alexnet_ng227", "alexnet", "AlexNet", ""},
	{"paper_alexnet_2012_groups2", "alexnet", "AlexNet2012", ""},
	{"paper_googlenet_2014", "googlenet", "GoogLeNet", ""},
	{"googlenet", "googlenet", "GoogLeNetBN", ""},
	{"block_inception3a_28x28x192", "googlenet", "Module3a", ""},
	{"block_conv1x1_28x28x192_32", "googlenet", "Direct1x1", ""},
	{"block_conv5x5_28x28x192_32", "googlenet", "Direct5x5", ""},
	{"block_bottleneck16_conv5x5_28x28x192_32", "googlenet", "Reduced5x5", ""},
	{"paper_nin_cifar10", "nin", "NiN", ""},
	{"squeezenet1_0", "squeezenet", "SqueezeNet", ""},
	{"mobilenet_v2", "mobilenet", "MobileNetV2", ""},
	{"densenet121", "densenet", "DenseNet121", ""},
	{"paper_preact_resnet18", "preact_resnet", "PreActResNet18", ""},
	{"paper_preact_resnet34", "preact_resnet", "PreActResNet34", ""},
	{"paper_preact_resnet50", "preact_resnet", "PreActResNet50", ""},
	{"paper_preact_resnet101", "preact_resnet", "PreActResNet101", ""},
	{"paper_preact_resnet152", "preact_resnet", "PreActResNet152", ""},
	{"paper_preact_resnet200", "preact_resnet", "PreActResNet200", ""},
	{"paper_cifar_preact110_A", "preact_resnet", "PreActCIFAR", ""},
	{"paper_cifar_preact110_B", "preact_resnet", "PreActCIFAR", "project=auto"},
	{"paper_cifar_preact164", "preact_resnet", "PreActBottleneckCIFAR", ""},
	{"paper_cifar_preact1001", "preact_resnet", "PreActBottleneckCIFAR", "n=111"},
	{"resnext50_32x4d", "resnext", "ResNeXt50", ""},
	{"resnext101_32x8d", "resnext", "ResNeXt101", ""},
	{"paper_wrn_28_10", "wide_resnet", "WideResNet", ""},
	{"paper_wrn_16_8", "wide_resnet", "WRN16x8", ""},
	{"paper_wrn_40_4", "wide_resnet", "WideResNet", "n=6 k=4"},
	{"wide_resnet50_2", "wide_resnet", "WideResNet50", ""},
	{"wide_resnet101_2", "wide_resnet", "WideResNet101", ""},
	{"paper_nin_imagenet", "nin", "NiNImageNet", ""},
	{"inception_v3", "inception", "InceptionV3", ""},
	{"paper_se_resnet50", "se_resnet", "SEResNet50", ""},
	{"paper_mobilenet_v1", "mobilenet", "MobileNetV1", ""},
	{"paper_mobilenet_v1_050", "mobilenet", "MobileNetV1", "alpha=0.5 side=160"},
	{"mobilenet_v3_large", "mobilenet", "MobileNetV3", ""},
	{"mobilenet_v3_small", "mobilenet", "MobileNetV3Small", ""},
	{"shufflenet_v2_x0_5", "shufflenet", "ShuffleNetV205", ""},
	{"shufflenet_v2_x1_0", "shufflenet", "ShuffleNetV210", ""},
	{"shufflenet_v2_x1_5", "shufflenet", "ShuffleNetV215", ""},
	{"shufflenet_v2_x2_0", "shufflenet", "ShuffleNetV220", ""},
	{"mnasnet0_5", "mnasnet", "MnasNet", "alpha=0.5"},
	{"mnasnet0_75", "mnasnet", "MnasNet", "alpha=0.75"},
	{"mnasnet1_0", "mnasnet", "MnasNet", ""},
	{"mnasnet1_3", "mnasnet", "MnasNet", "alpha=1.3"},
	{"efficientnet_b0", "efficientnet", "EfficientNetB0", ""},
	{"efficientnet_b1", "efficientnet", "EfficientNetB1", ""},
	{"efficientnet_b2", "efficientnet", "EfficientNetB2", ""},
	{"efficientnet_b3", "efficientnet", "EfficientNetB3", ""},
	{"efficientnet_b4", "efficientnet", "EfficientNetB4", ""},
	{"efficientnet_b5", "efficientnet", "EfficientNetB5", ""},
	{"efficientnet_b6", "efficientnet", "EfficientNetB6", ""},
	{"efficientnet_b7", "efficientnet", "EfficientNetB7", ""},
	{"regnet_x_400mf", "regnet", "RegNetX400MF", ""},
	{"regnet_x_800mf", "regnet", "RegNetX800MF", ""},
	{"regnet_x_1_6gf", "regnet", "RegNetX1600MF", ""},
	{"regnet_x_3_2gf", "regnet", "RegNetX3200MF", ""},
	{"regnet_x_8gf", "regnet", "RegNetX8000MF", ""},
	{"regnet_x_16gf", "regnet", "RegNetX16000MF", ""},
	{"regnet_x_32gf", "regnet", "RegNetX32000MF", ""},
	{"regnet_y_400mf", "regnet", "RegNetY400MF", ""},
	{"regnet_y_800mf", "regnet", "RegNetY800MF", ""},
	{"regnet_y_1_6gf", "regnet", "RegNetY1600MF", ""},
	{"regnet_y_3_2gf", "regnet", "RegNetY3200MF", ""},
	{"regnet_y_8gf", "regnet", "RegNetY8000MF", ""},
	{"regnet_y_16gf", "regnet", "RegNetY16000MF", ""},
	{"regnet_y_32gf", "regnet", "RegNetY32000MF", ""},
	{"convnext_tiny", "convnext", "ConvNeXtTiny", ""},
	{"convnext_small", "convnext", "ConvNeXtSmall", ""},
	{"convnext_base", "convnext", "ConvNeXtBase", ""},
	{"convnext_large", "convnext", "ConvNeXtLarge", ""},
	{"densenet161", "densenet", "DenseNet161", ""},
	{"densenet169", "densenet", "DenseNet169", ""},
	{"densenet201", "densenet", "DenseNet201", ""},
	{"paper_unet_orig572", "unet", "UNet", ""},
	{"paper_unet_same_cin3_nc1", "unet", "UNetSame", ""},
	{"paper_unet_milesial_bn_tconv", "unet", "UNetBN", ""},
	// Computed apart, layer by layer, from the authors' PyTorch code.
	{"paper_dlinknet34", "dlinknet", "DLinkNet34", ""},
	{"paper_linknet34", "dlinknet", "LinkNet34", ""},
	// Computed apart from the sizes of ResNet-34 and the paper's formulas.
	{"factorized_sic34", "factorized", "Factorized34", ""},
	{"factorized_topological34", "factorized", "Topological34", ""},
	{"factorized_spatial_bottleneck34", "factorized", "SpatialBottleneck34", ""},
}

// TestModels compares the counts of whole models, and of each of their
// convolutions and dense layers, with those of another program.
func TestModels(t *testing.T) {
	known := summary(t)
	for _, c := range referenced {
		t.Run(c.name, func(t *testing.T) {
			g := modelGraph(t, c.file, c.model, c.set)
			r, err := stats.Count(g)
			if err != nil {
				t.Fatal(err)
			}
			buffers := int64(0)
			for _, l := range r.Layers {
				buffers += l.Buffers
			}
			got := []int64{r.Params, r.ParamsTraining, buffers, int64(r.MACs), int64(r.MACsTraining)}
			want, ok := known[c.name]
			if !ok || !slices.Equal(got, want) {
				t.Errorf("parameters, in training, buffers, MACs, in training: %d, want %d", got, want)
			}
			text, err := os.ReadFile("../testdata/reference/layers/" + c.name + ".txt")
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(text)), "\n")
			slices.Sort(lines)
			if d := cmp.Diff(lines, weighted(g)); d != "" {
				t.Errorf("layers, -want +got:\n%s", d)
			}
		})
	}
}

// summary reads the totals of the reference by name.
func summary(t *testing.T) map[string][]int64 {
	t.Helper()
	f, err := os.Open("../testdata/reference/summary.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string][]int64{}
	for _, row := range rows[1:] {
		for _, cell := range row[2:] {
			n, err := strconv.ParseInt(cell, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			known[row[0]] = append(known[row[0]], n)
		}
	}
	return known
}

func modelGraph(t *testing.T, file, model, set string) *ir.Graph {
	t.Helper()
	f, err := compiler.Load(filepath.Join("../models", file, file+".net"))
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, pair := range strings.Fields(set) {
		key, value, _ := strings.Cut(pair, "=")
		values[key] = value
	}
	m, diags, err := f.Model(model, values)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags.Err())
	}
	if err := m.Graph.Verify(); err != nil {
		t.Fatal(err)
	}
	return m.Graph
}

// weighted lists the layers that multiply by weights, in the form of the
// reference, sorted.
func weighted(g *ir.Graph) []string {
	var lines []string
	for _, n := range g.Nodes {
		if n.Op.MACs == nil {
			continue
		}
		kind, params := "eval", int64(0)
		if n.Training {
			kind = "train"
		}
		for _, p := range n.Params {
			params += p.Len()
		}
		lines = append(lines, fmt.Sprintf("%s %s %s %d %d", kind,
			sizes(n.In[0].Shape), sizes(n.Out.Shape), params, n.Op.MACs(n)))
	}
	slices.Sort(lines)
	return lines
}

func sizes(s ir.Shape) string { return strings.ReplaceAll(s.String(), "×", "x") }
