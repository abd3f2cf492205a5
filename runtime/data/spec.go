package data

// CheckSpec reports whether a specification names a source, without opening it.
func CheckSpec(spec string) error {
	_, _, err := find(spec)
	return err
}

// SourceNames lists the names of the known sources.
func SourceNames() []string {
	names := make([]string, len(Sources))
	for i := range Sources {
		names[i] = Sources[i].Name
	}
	return names
}
