package checkpoint

// syncDir does nothing: Windows does not let a folder be flushed.
func syncDir(string) error { return nil }
