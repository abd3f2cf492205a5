// Command peers times netc and other programs at the same work, in turn, and
// prints their ratios: PyTorch in training, ONNX Runtime in inference.
//
// It installs what it needs where it can: PyTorch from Debian's packages, ONNX
// Runtime from npm, both into what they call their own places or into .bench.
// A ratio is taken of two neighbouring samples, so that it holds on a machine
// whose speed changes; the median, the least and the greatest are printed.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
)

// network is what netc and its peers know under one name.
type network struct {
	name  string
	input string // CxHxW
	train int    // batch in training
	infer []int  // batches in inference
	want  [2]float64
	// channelsLast is whether PyTorch is faster in that layout, blas the nets whose
	// dense layers gain from two threads of OpenBLAS.
	channelsLast, blas bool
}

// networks are the ones measured, with the ratios that netc aims at in training
// and in inference.
var networks = []network{
	{name: "lenet5", input: "1x28x28", train: 64, infer: []int{1, 8}, want: [2]float64{2.5, 3}},
	{name: "resnet20", input: "3x32x32", train: 128, infer: []int{1, 8}, want: [2]float64{2, 1.6}},
	{name: "alexnet", input: "3x224x224", train: 32, infer: []int{1, 8}, want: [2]float64{1.4, 1.2}, blas: true},
	{name: "googlenet", input: "3x224x224", train: 8, infer: []int{1, 8}, want: [2]float64{2, 1.4}},
	{name: "resnet18", input: "3x224x224", train: 8, infer: []int{1, 8}, want: [2]float64{1.8, 1.6}},
	{name: "resnet50", input: "3x224x224", train: 8, infer: []int{1, 8}, want: [2]float64{1.3, 1.15}, channelsLast: true},
	{name: "vgg16", input: "3x224x224", train: 4, infer: []int{1, 8}, want: [2]float64{2.2, 2.1}, blas: true},
	{name: "unet", input: "1x256x256", train: 1, infer: []int{1}, want: [2]float64{2.2, 2.3}},
}

// cell is one comparison.
type cell struct {
	Net     string  `json:"net"`
	Mode    string  `json:"mode"`
	Batch   int     `json:"batch"`
	Threads int     `json:"threads"`
	Netc    float64 `json:"netc_images_per_second"` // medians
	Peer    float64 `json:"peer_images_per_second"`
	Ratio   float64 `json:"ratio"` // median of pairs
	Least   float64 `json:"least"`
	Most    float64 `json:"most"`
	Want    float64 `json:"want"`
	// Peak resident memory in MiB, of whole processes.
	NetcMiB int64 `json:"netc_mib"`
	PeerMiB int64 `json:"peer_mib"`
}

// options are the flags.
type options struct {
	rounds  int
	seconds float64
}

func main() {
	nets := flag.String("nets", "", "networks, separated by commas; all when empty")
	modes := flag.String("modes", "train,infer", "what to time")
	threads := flag.String("threads", "1,2", "numbers of threads")
	out := flag.String("json", "", "file for the results as JSON")
	var opt options
	flag.IntVar(&opt.rounds, "rounds", 5, "pairs of samples of each comparison")
	flag.Float64Var(&opt.seconds, "seconds", 2, "length of a sample")
	flag.Parse()
	if err := run(split(*nets), split(*modes), split(*threads), *out, opt); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func split(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func run(nets, modes, threads []string, out string, opt options) error {
	for _, n := range nets {
		if !slices.ContainsFunc(networks, func(have network) bool { return have.name == n }) {
			return fmt.Errorf("no network is called %q", n)
		}
	}
	b, err := prepare(modes)
	if err != nil {
		return err
	}
	fmt.Println("| network | mode | batch | threads | netc, images/s | peer, images/s | ratio | least – most | aim | memory, MiB |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|---|")
	var cells []cell
	for _, mode := range modes {
		for _, t := range threads {
			count, err := strconv.Atoi(t)
			if err != nil || count < 1 {
				return fmt.Errorf("threads %q: expected whole numbers above 0", t)
			}
			for _, n := range networks {
				if len(nets) > 0 && !slices.Contains(nets, n.name) {
					continue
				}
				for _, batch := range n.batches(mode) {
					c, err := b.compare(n, mode, batch, count, opt)
					if err != nil {
						return fmt.Errorf("%s, %s, batch %d, %d threads: %w", n.name, mode, batch, count, err)
					}
					fmt.Printf("| %s | %s | %d | %d | %.4g | %.4g | %.2f | %.2f – %.2f | %.2f | %d / %d |\n", c.Net, c.Mode, c.Batch, c.Threads,
						c.Netc, c.Peer, c.Ratio, c.Least, c.Most, c.Want, c.NetcMiB, c.PeerMiB)
					cells = append(cells, c)
				}
			}
		}
	}
	summarise(cells)
	if out == "" {
		return nil
	}
	text, err := json.MarshalIndent(cells, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(text, '\n'), 0o666)
}

func (n *network) batches(mode string) []int {
	if mode == "train" {
		return []int{n.train}
	}
	return n.infer
}

// summarise prints the geometric means of the ratios.
func summarise(cells []cell) {
	fmt.Println()
	for _, mode := range []string{"train", "infer"} {
		sum, count := 0.0, 0
		for _, c := range cells {
			if c.Mode == mode {
				sum, count = sum+math.Log(c.Ratio), count+1
			}
		}
		if count > 0 {
			fmt.Printf("geometric mean, %s: %.2f over %d\n", mode, math.Exp(sum/float64(count)), count)
		}
	}
}
