package store

import "github.com/netc-lang/netc/lang/diag"

// The diagnostics of run folders.
var (
	CannotWrite = diag.Define("N0751", "CannotWrite",
		"A file of the run could not be written: the folder cannot be written to, or the disk is full. What was saved before is whole.", "")
	CannotRead = diag.Define("N0752", "CannotRead",
		"A file of the run could not be read.", "")
	NotARun = diag.Define("N0753", "NotARun",
		"The folder given to --resume holds no run, or a run without a checkpoint.", "")
	RunExists = diag.Define("N0754", "RunExists",
		"The folder given to --out already holds a run. Choose another folder, or go on with it by --resume.", "")
	DamagedCheckpoint = diag.Define("N0755", "DamagedCheckpoint",
		"A checkpoint is cut off, damaged, or belongs to another program.", "")
)
