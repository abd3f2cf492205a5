package data

// IsRandom reports whether a transform changes images by chance in training.
func IsRandom(t Transform) bool {
	switch t := t.(type) {
	case *Normalize:
		return false
	case *Crop:
		return t.At == "random"
	}
	return true
}
