package diag

// Codes of training recipes. Append only.
const (
	UnknownEntry  Code = 3001
	MissingEntry  Code = 3002
	RepeatedEntry Code = 3003
	UnknownModel  Code = 3004
	EntryForm     Code = 3005 // an entry written in another form than its key takes
	UnknownCall   Code = 3006 // an unknown loss, optimizer, schedule, transform or data set
	NotAnOutput   Code = 3007
)
