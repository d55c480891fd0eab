// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"fmt"
	"strconv"
)

// FindingCode is the closed set of what can be wrong with a log.
type FindingCode string

const (
	CheckpointRefused FindingCode = "checkpoint-refused" // form, signature or origin of the checkpoint
	EntryAltered      FindingCode = "entry-altered"      // an entry does not match its hash
	EntriesReplaced   FindingCode = "entries-replaced"   // entries and their hashes were changed together
	EntryInvalid      FindingCode = "entry-invalid"      // in the tree, but not an entry of this format
	BundleMissing     FindingCode = "bundle-missing"     // a bundle of entries is not there
	BundleMalformed   FindingCode = "bundle-malformed"   // a bundle cannot be cut into its entries
	TileMissing       FindingCode = "tile-missing"       // a hash tile is not there
	TileAltered       FindingCode = "tile-altered"       // the entries are right, the stored hash is not
	PartialAltered    FindingCode = "partial-altered"    // an older, partial file differs from what replaced it
	RootDiffers       FindingCode = "root-differs"       // the entries give another tree than the checkpoint signs
	LogShrunk         FindingCode = "log-shrunk"         // fewer entries than an earlier checkpoint
	LogForked         FindingCode = "log-forked"         // other entries than those of an earlier checkpoint

	CosignatureRefused FindingCode = "cosignature-refused" // of a witness that was asked for: not there, or not good

	// Of a bundle of proof only.
	EntryUnproven       FindingCode = "entry-unproven"       // a tile above the entry is missing or wrong
	LineMalformed       FindingCode = "line-malformed"       // not a line of a bundle
	LineMissing         FindingCode = "line-missing"         // in the list of numbers, and not there
	LineDoubled         FindingCode = "line-doubled"         // twice
	LineMisplaced       FindingCode = "line-misplaced"       // out of order
	LineUnlisted        FindingCode = "line-unlisted"        // there, and not in the list of numbers or not under the checkpoint
	ContentsDiffer      FindingCode = "contents-differ"      // contents, list of numbers and lines do not agree
	ConsistencyUnproven FindingCode = "consistency-unproven" // the tiles of an earlier checkpoint are not in the bundle
)

// Finding is one thing that is wrong, and where.
type Finding struct {
	Code  FindingCode `json:"code"`
	Path  string      `json:"path"`
	Index int64       `json:"index"` // of the first entry concerned, from 0; -1 when none can be named
	Text  string      `json:"text"`
}

// maxFindings bounds a report; a log that is wrong in more places is reported by its first ones.
const maxFindings = 20

// Report is the outcome of [Verify] and [VerifyBundle].
type Report struct {
	Origin    string      `json:"origin"`
	Size      int64       `json:"size"`                // entries under the checkpoint
	Root      string      `json:"root"`                // as signed, base64
	Entries   int64       `json:"entries"`             // entries recomputed
	Pruned    int64       `json:"pruned"`              // entries of which only the hash is left, as allowed
	Tiles     int64       `json:"tiles"`               // tiles recomputed and compared
	Previous  int64       `json:"previous"`            // size of the earlier checkpoint that this log extends; -1 when none was given or proven
	Witnessed []Witnessed `json:"witnessed,omitempty"` // by the witnesses that were asked for
	Findings  []Finding   `json:"findings"`
	More      int         `json:"more"` // findings left out
}

// OK reports that the log is whole.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// finish orders the findings by entry and cuts the list.
func (r *Report) finish() {
	sortFindings(r.Findings)
	if len(r.Findings) > maxFindings {
		r.More += len(r.Findings) - maxFindings
		r.Findings = r.Findings[:maxFindings]
	}
	if r.Findings == nil {
		r.Findings = []Finding{}
	}
}

// ordinal names an entry for a reader: counted from one, with the size of the log.
func ordinal(index, size int64) string {
	return fmt.Sprintf("entry %s of %s", group(index+1), group(size))
}

// group writes a number with commas between groups of three digits.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
