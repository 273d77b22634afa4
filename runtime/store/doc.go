// Package store keeps what a run leaves behind, in a folder of its own:
//
//	.netc/runs/lenet-20260131-142502-seed1/
//	    program.net            the program file as it was
//	    resolved.net           the program that ran: expanded, every choice made
//	    run.json               seed, versions, fingerprint of the data, edits
//	    metrics.jsonl          one line for each epoch
//	    checkpoint.safetensors all that a resumed run needs
//	    weights.safetensors    the weights that the run hands out, written at the end
//	    summary.json           written at the end
//
// A file that must be whole is written under a temporary name, synced and renamed, so a reader sees the
// old one or the new one and a run that is killed, or a disk that is full, leaves the old one as it was.
// Lines of metrics are synced one by one.
package store
