package data

import "fmt"

// Check tells whether a model can learn from a dataset seen through transforms:
// whether the images come out in the shape that the model takes, and whether it
// its output is what the dataset has targets for. model is the name that errors
// use.
func Check(set Dataset, transforms []Transform, model string, takes Shape, target Target) error {
	info := set.Info()
	pipe, err := newPipeline(info.Shape, transforms)
	if err != nil {
		return fmt.Errorf("%s: %w", info.Name, err)
	}
	if pipe.out != takes {
		return fmt.Errorf("%s: images are %v, model %s takes %v: %s", info.Name, pipe.out, model, takes, remedy(pipe.out, takes))
	}
	if err := pipe.mixable(info, target); err != nil {
		return err
	}
	return target.check(info, model, takes)
}

// remedy says how images of one shape can be made to fit another.
func remedy(have, want Shape) string {
	switch {
	case have.C != want.C:
		return fmt.Sprintf("give the model an input of %v", have)
	case have.Varies():
		return fmt.Sprintf("add crop(random, %dx%d)", want.H, want.W)
	}
	pad := max((want.H-have.H+1)/2, (want.W-have.W+1)/2, 0)
	padded := ""
	if pad > 0 {
		padded = fmt.Sprintf(", pad=%d", pad)
	}
	return fmt.Sprintf("add crop(center, %dx%d%s), or give the model an input of %v", want.H, want.W, padded, have)
}
