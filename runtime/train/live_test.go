package train

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vbauerster/mpb/v8/decor"
)

func TestLive(t *testing.T) {
	var out bytes.Buffer
	live := NewLive(&out)
	if err := events(live); err != nil {
		t.Fatal(err)
	}
	if err := live.Step(&Step{Epoch: 4, Epochs: 5, InEpoch: 1, OfEpoch: 2}); err != nil {
		t.Fatal(err)
	}
	live.Close() // in the middle of an epoch, as after an interruption
	for _, want := range []string{
		"epoch 1  train loss 0.5000  validation loss 0.3333  accuracy 93.75%\n",
		"epoch 2  train loss 0.2500\n",
		"test accuracy 93.75%, loss 0.3333\ndone in 61.5 s",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in %q", want, out.String())
		}
	}
	if strings.Contains(out.String(), "\x1b[3") {
		t.Errorf("colours in %q", out.String())
	}
}

func TestLiveBar(t *testing.T) {
	live := &Live{step: Step{Epoch: 2, Epochs: 5, MeanLoss: 0.5, Top1: 0.875, ImagesPerSecond: 999.6, DataWait: 0.03, Left: 61.4e9}}
	got := live.left(decor.Statistics{}) + "[==>--]" + live.right(decor.Statistics{})
	if want := "epoch 2/5 [==>--] 1m1s left  loss 0.500  acc 87.5%  1000 img/s  wait 3%"; got != want {
		t.Errorf("bar %q, expected %q", got, want)
	}
}
