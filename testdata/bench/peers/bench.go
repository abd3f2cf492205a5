package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// bench is where the programs lie.
type bench struct {
	dir  string // .bench
	netc string
}

const here = "testdata/bench/peers"

// prepare builds netc and installs the peers.
func prepare(modes []string) (*bench, error) {
	if _, err := os.Stat(here); err != nil {
		return nil, fmt.Errorf("run it at the root of the project: %w", err)
	}
	dir, err := filepath.Abs(".bench")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	b := &bench{dir, filepath.Join(dir, "netc")}
	if err := tell("go", "build", "-o", b.netc, "./cmd/netc"); err != nil {
		return nil, err
	}
	const torch = "import torch, torchvision"
	if exec.Command(python, "-c", torch).Run() != nil {
		if err := tell("apt-get", "update", "-qq"); err != nil {
			return nil, err
		}
		if err := tell("apt-get", "install", "-y", "--no-install-recommends", "python3-torch", "python3-torchvision", "python3-onnx"); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(modes, "infer") {
		return b, nil
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "onnxruntime-node")); err != nil {
		if err := tell("npm", "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "onnxruntime-node@1.30"); err != nil {
			return nil, err
		}
	}
	return b, tell(python, filepath.Join(here, "torch_peer.py"), "export", filepath.Join(dir, "onnx"))
}

// python is the one that Debian's packages are for.
const python = "/usr/bin/python3"

// tell runs a command whose output is for the reader.
func tell(name string, args ...string) error {
	fmt.Fprintln(os.Stderr, "+", name, strings.Join(args, " "))
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// compare takes samples of netc and of a peer in turn.
func (b *bench) compare(n network, mode string, batch, threads int, opt options) (cell, error) {
	c := cell{Net: n.name, Mode: mode, Batch: batch, Threads: threads, Want: n.want[0]}
	if mode == "infer" {
		c.Want = n.want[1]
	}
	peer, err := b.start(n, mode, batch, threads)
	if err != nil {
		return c, err
	}
	defer peer.stop()
	var ours, theirs, ratios []float64
	for range opt.rounds {
		x, memory, err := b.netcRate(n, mode, batch, threads, opt.seconds)
		if err != nil {
			return c, err
		}
		c.NetcMiB = max(c.NetcMiB, memory)
		y, err := peer.rate(opt.seconds)
		if err != nil {
			return c, err
		}
		ours, theirs, ratios = append(ours, x), append(theirs, y), append(ratios, x/y)
	}
	c.PeerMiB = peer.memory()
	slices.Sort(ratios)
	c.Netc, c.Peer, c.Ratio = median(ours), median(theirs), median(ratios)
	c.Least, c.Most = ratios[0], ratios[len(ratios)-1]
	return c, nil
}

func median(x []float64) float64 {
	slices.Sort(x)
	return (x[len(x)/2] + x[(len(x)-1)/2]) / 2
}

// pinned is a command on one processor where it has one thread.
func pinned(threads int, name string, args ...string) *exec.Cmd {
	if threads == 1 {
		return exec.Command("taskset", append([]string{"-c", "0", name}, args...)...)
	}
	return exec.Command(name, args...)
}

// netcRate is images a second, and peak memory in MiB.
func (b *bench) netcRate(n network, mode string, batch, threads int, seconds float64) (float64, int64, error) {
	cmd := pinned(threads, b.netc, "bench", filepath.Join("testdata", "bench", n.name+".net"), "--format", "json",
		"--mode", mode, "--batch", strconv.Itoa(batch), "--threads", strconv.Itoa(threads), "--seconds", fmt.Sprint(seconds))
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("netc bench: %w", err)
	}
	var r struct {
		Rate float64 `json:"images_per_second"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return 0, 0, fmt.Errorf("netc bench: %w", err)
	}
	return r.Rate, cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10, nil
}

// peer is a process that waits to be told to run.
type peer struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// start starts the peer of a mode and waits until it is ready.
func (b *bench) start(n network, mode string, batch, threads int) (*peer, error) {
	var cmd *exec.Cmd
	if mode == "train" {
		args := []string{filepath.Join(here, "torch_peer.py"), n.name, mode, strconv.Itoa(batch), strconv.Itoa(threads)}
		if n.channelsLast {
			args = append(args, "channels_last")
		}
		cmd = pinned(threads, python, args...)
		blas := 1
		if n.blas {
			blas = threads
		}
		// Its best environment: a malloc that keeps its pages, threads where they help.
		cmd.Env = append(os.Environ(), "MALLOC_TRIM_THRESHOLD_=100000000000", "MALLOC_MMAP_MAX_=0", "MALLOC_TOP_PAD_=268435456",
			"OPENBLAS_NUM_THREADS="+strconv.Itoa(blas), "OMP_NUM_THREADS="+strconv.Itoa(threads))
	} else {
		cmd = pinned(threads, "node", filepath.Join(here, "onnx_peer.js"), filepath.Join(b.dir, "onnx", n.name+".onnx"),
			n.input, strconv.Itoa(batch), strconv.Itoa(threads))
		cmd.Env = append(os.Environ(), "ONNXRUNTIME="+filepath.Join(b.dir, "node_modules", "onnxruntime-node"))
	}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &peer{cmd, in, bufio.NewScanner(out)}
	if line, err := p.line(); err != nil || line != "ready" {
		p.stop()
		return nil, fmt.Errorf("the peer says %q instead of ready (%v)", line, err)
	}
	return p, nil
}

func (p *peer) line() (string, error) {
	if !p.out.Scan() {
		return "", fmt.Errorf("the peer ended (%v)", p.out.Err())
	}
	return p.out.Text(), nil
}

// rate lets the peer run and returns its images a second.
func (p *peer) rate(seconds float64) (float64, error) {
	if _, err := fmt.Fprintln(p.in, seconds); err != nil {
		return 0, err
	}
	line, err := p.line()
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(line, 64)
}

// memory is the peer's peak memory in MiB; 0 where the system does not tell.
func (p *peer) memory() int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(status), "\n") {
		if text, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, "kB")), 10, 64)
			return kib >> 10
		}
	}
	return 0
}

func (p *peer) stop() {
	p.in.Close()
	p.cmd.Wait()
}
