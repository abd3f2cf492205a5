package main

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/netc-lang/netc/runtime/kernel"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"netc": main})
}

// TestScripts runs the scripts of testdata/cli. Beside testscript's commands
// they have:
//
//	status N ARG…      runs netc with the arguments and checks its exit status
//	idxdata DIR [N]    writes a small data set of IDX files, with another noise for each N
//	pictures DIR       writes pictures in folders of classes, with masks and in a table
//	picture FILE CLASS draws an image like those of idxdata
//	fifo PATH          makes a named pipe
//	spoil FILE         makes the last weight of a file a NaN
//	here FILE          puts this machine's kernels in the place of ISA and GENERATION in a file
//	jsonkeys FILE KEY… checks that the last line or the whole of FILE is an object with these keys
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("..", "..", "testdata", "cli"),
		Setup: func(env *testscript.Env) error {
			env.Setenv("NO_COLOR", "")
			env.Setenv("GOPACKAGE", "")
			env.Setenv("HOME", env.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "idxdata": idxData, "picture": picture, "pictures": pictureData, "jsonkeys": jsonKeys,
			"fifo": fifo, "spoil": spoil, "here": here,
		},
	})
}

func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N arguments of netc…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	var exit *exec.ExitError
	if err := ts.Exec("netc", args[1:]...); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, expected %d", got, want)
	}
}

// bar is the image of a class: a bright column, with a little noise.
func bar(class, sample int) *image.Gray {
	const side = 8
	img := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		img.SetGray(2*class, y, color.Gray{Y: 250})
		img.SetGray((y*3+sample)%side, y, color.Gray{Y: uint8(30 + 100*b2i((y*3+sample)%side == 2*class))})
	}
	return img
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// barClasses is the number of classes that bar can draw.
const barClasses = 4

func idxData(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 || len(args) > 2 {
		ts.Fatalf("usage: idxdata DIR [SHIFT]")
	}
	shift := 0
	if len(args) == 2 {
		var err error
		shift, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	dir := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(dir, 0o777))
	for name, n := range map[string]int{"train": 96, "t10k": 40} {
		images := header(0x803, n, 8, 8)
		labels := header(0x801, n)
		for i := range n {
			images = append(images, bar(i%barClasses, i+shift).Pix...)
			labels = append(labels, byte(i%barClasses))
		}
		ts.Check(os.WriteFile(filepath.Join(dir, name+"-images-idx3-ubyte"), images, 0o666))
		ts.Check(os.WriteFile(filepath.Join(dir, name+"-labels-idx1-ubyte"), labels, 0o666))
	}
}

func header(magic uint32, dims ...int) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return b
}

func picture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: picture FILE CLASS")
	}
	class, err := strconv.Atoi(args[1])
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(png.Encode(f, bar(class, 1)))
	ts.Check(f.Close())
}

// pictureData writes the images of idxdata as PNG: in DIR/train/CLASS and
// DIR/test/CLASS; with a mask of the bar in DIR/image and DIR/mask; and listed
// in DIR/table.csv with their class, the column of the bar and a probability of
// each class.
func pictureData(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: pictures DIR")
	}
	write := func(img image.Image, path ...string) {
		full := filepath.Join(append([]string{ts.MkAbs(args[0])}, path...)...)
		ts.Check(os.MkdirAll(filepath.Dir(full), 0o777))
		f, err := os.Create(full)
		ts.Check(err)
		ts.Check(png.Encode(f, img))
		ts.Check(f.Close())
	}
	table := "file,kind,column,p0,p1,p2,p3\n"
	for i := range 48 {
		class, name := i%barClasses, fmt.Sprintf("%02d.png", i)
		img := bar(class, i)
		mask := image.NewGray(img.Rect)
		for y := range 8 {
			mask.SetGray(2*class, y, color.Gray{Y: 255})
		}
		part := []string{"train", "train", "test"}[i/16]
		write(img, part, "bar"+strconv.Itoa(class), name)
		write(img, "image", name)
		write(mask, "mask", name)
		shares := []string{"0.1", "0.1", "0.1", "0.1"}
		shares[class] = "0.7"
		table += fmt.Sprintf("image/%s,bar%d,%g,%s\n", name, class, float64(class)/4, strings.Join(shares, ","))
	}
	ts.Check(os.WriteFile(filepath.Join(ts.MkAbs(args[0]), "table.csv"), []byte(table), 0o666))
}

func jsonKeys(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: jsonkeys FILE KEY…")
	}
	text := strings.TrimSpace(ts.ReadFile(args[0]))
	var object map[string]any
	if json.Unmarshal([]byte(text), &object) != nil {
		lines := strings.Split(text, "\n")
		ts.Check(json.Unmarshal([]byte(lines[len(lines)-1]), &object))
	}
	for _, key := range args[1:] {
		if _, ok := object[key]; !ok {
			ts.Fatalf("no key %q in %s", key, text)
		}
	}
}

func spoil(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: spoil FILE")
	}
	b := []byte(ts.ReadFile(args[0]))
	copy(b[len(b)-4:], "\x00\x00\xc0\x7f")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o666))
}

func here(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: here FILE")
	}
	words := strings.NewReplacer("ISA", kernel.ISA(), "GENERATION", strconv.Itoa(kernel.Generation))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(words.Replace(ts.ReadFile(args[0]))), 0o666))
}

func fifo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fifo PATH")
	}
	ts.Check(ts.Exec("mkfifo", ts.MkAbs(args[0])))
}
