package ir

// Tuning is what measurements on a machine say of choices that estimates make
// otherwise. A program lowered with it does not depend on the machine any more:
// Digest identifies what the choices were.
type Tuning struct {
	Digest string

	// Choose is the algorithm that was fastest for a pass of a kernel's geometry,
	// both as text; ok is false where it was not measured.
	Choose func(pass, geometry string) (algorithm string, ok bool)

	// Measure is called before a program is made, unless nil. trial makes it, and
	// throws it away, so that Choose hears of every choice.
	Measure func(trial func() error) error
}
