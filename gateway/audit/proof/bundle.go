// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
)

// Files of a bundle of proof beside [CheckpointPath] and the hash tiles, whose paths are those of the log itself.
const (
	ContentsPath = "inhoud.json"      // what was asked, how many entries, the digest of the list of numbers
	NumbersPath  = "nummers.txt"      // which entries: one run of numbers on a line, ascending
	LinesPath    = "regels.ndjson"    // the entries, one on a line, ascending
	EarlierPath  = "checkpoint.vorig" // the checkpoint that the officer had seen before; may be absent
	ReadmePath   = "LEESMIJ.txt"      // for the reader; proves nothing
)

// BundleKind is the first field of the contents of every bundle.
const BundleKind = "seinhuis-bewijsbundel/1"

// maxLine bounds a line of regels.ndjson: the entry, its number and the words around it.
const maxLine = MaxEntry + 64

// ErrBundleFile is wrapped by every error about the form of a part of a bundle of proof. Its text holds no value of an entry.
var ErrBundleFile = errors.New("bundle of proof not accepted")

// Contents says what a bundle holds. The log entry of its making bears the digest of this document, so that what was handed out
// can be told afterwards.
type Contents struct {
	Kind    string `json:"soort"`    // BundleKind
	Origin  string `json:"logboek"`  // of the checkpoint
	Size    int64  `json:"omvang"`   // of the checkpoint
	Count   int64  `json:"aantal"`   // lines of regels.ndjson
	Numbers string `json:"nummers"`  // SHA-256 of nummers.txt in hex
	Asked   string `json:"gevraagd"` // the filter, in words; for the reader
}

// Encode writes the document.
func (c Contents) Encode() ([]byte, error) { return json.Marshal(c) }

func parseContents(doc []byte) (Contents, error) {
	var c Contents
	if json.Unmarshal(doc, &c, json.RejectUnknownMembers(true)) != nil || c.Kind != BundleKind || !IsHex(c.Numbers, 64) {
		return Contents{}, fmt.Errorf("%w: %s has another form", ErrBundleFile, ContentsPath)
	}
	return c, nil
}

const (
	lineHead = `{"nummer":`
	lineBody = `,"regel":`
)

// AppendLine adds an entry to the lines of a bundle: its number, from 1, and the bytes of its leaf as they are in the tree.
func AppendLine(lines []byte, number int64, leaf []byte) []byte {
	lines = append(lines, lineHead...)
	lines = strconv.AppendInt(lines, number, 10)
	lines = append(lines, lineBody...)
	lines = append(lines, leaf...)
	return append(lines, "}\n"...)
}

// cutLine takes number and leaf out of a line without its end; the leaf is a part of the line. It accepts only what AppendLine writes.
func cutLine(line []byte) (number int64, leaf []byte, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(lineHead))
	digits, body, found := bytes.Cut(rest, []byte(lineBody))
	leaf, closed := bytes.CutSuffix(body, []byte("}"))
	if number, sound := parseNumber(string(digits)); ok && found && closed && sound {
		return number, leaf, nil
	}
	return 0, nil, fmt.Errorf("%w: a line of %s has another form", ErrBundleFile, LinesPath)
}

// AppendRun adds the numbers from first through last to the list of numbers.
func AppendRun(list []byte, first, last int64) []byte {
	list = strconv.AppendInt(list, first, 10)
	if last > first {
		list = append(list, '-')
		list = strconv.AppendInt(list, last, 10)
	}
	return append(list, '\n')
}

// parseRun reads what AppendRun writes, without its end.
func parseRun(line string) (first, last int64, err error) {
	a, b, more := strings.Cut(line, "-")
	first, ok := parseNumber(a)
	if last = first; ok && more {
		last, ok = parseNumber(b)
		ok = ok && last > first
	}
	if !ok {
		return 0, 0, fmt.Errorf("%w: a line of %s has another form", ErrBundleFile, NumbersPath)
	}
	return first, last, nil
}

// parseNumber reads a number from 1 in its one decimal form.
func parseNumber(s string) (int64, bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n >= 1 && strconv.FormatInt(n, 10) == s
}
