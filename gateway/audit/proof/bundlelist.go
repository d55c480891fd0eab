// SPDX-License-Identifier: EUPL-1.2

package proof

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// numbers is the list of numbers while the lines go by.
type numbers struct {
	b           *bundleCheck
	in          *bufio.Scanner
	sum         func() string
	close       func()
	contents    Contents
	next, until int64 // numbers that are still to come of the run at hand
	last, count int64
	broken      bool
}

// openList reads the contents and begins the list.
func (b *bundleCheck) openList() (*numbers, error) {
	l := &numbers{b: b, close: func() {}, sum: func() string { return "" }, broken: true}
	doc, err := readFile(b.fsys, ContentsPath, 1<<20)
	if err == nil {
		l.contents, err = parseContents(doc)
	}
	if err == nil && (l.contents.Origin != b.head.Origin || l.contents.Size != b.head.Tree.N) {
		err = errors.New("of another checkpoint")
	}
	if err != nil {
		b.find(ContentsDiffer, ContentsPath, -1, ContentsPath+" cannot be read, or does not belong to this checkpoint")
		return l, nil
	}
	f, err := b.fsys.Open(NumbersPath)
	if err != nil {
		b.find(ContentsDiffer, NumbersPath, -1, NumbersPath+" cannot be read")
		return l, nil
	}
	h := sha256.New()
	l.in, l.close, l.broken = bufio.NewScanner(io.TeeReader(f, h)), func() { _ = f.Close() }, false
	l.sum = func() string { return hex.EncodeToString(h.Sum(nil)) }
	return l, nil
}

// run takes the next run of the list, or reports false at its end.
func (l *numbers) run() bool {
	if l.broken || !l.in.Scan() {
		return false
	}
	first, last, err := parseRun(l.in.Text())
	if err != nil || first <= l.last {
		l.b.find(ContentsDiffer, NumbersPath, -1, fmt.Sprintf("%s has another form after number %s", NumbersPath, group(l.last)))
		l.broken = true
		return false
	}
	l.next, l.until, l.last = first, last, last
	l.count += last - first + 1
	return true
}

// through goes on to a number that has a line: what the list names before it is missing.
func (l *numbers) through(number int64) {
	for !l.broken {
		if l.next == 0 && !l.run() {
			break
		}
		if l.next > number {
			break
		}
		until := min(l.until, number-1)
		l.missing(l.next, until)
		if l.next = until + 1; l.next > l.until {
			l.next = 0
			continue
		}
		if l.next++; l.next > l.until { // the number itself
			l.next = 0
		}
		return
	}
	if !l.broken {
		l.b.find(LineUnlisted, LinesPath, number-1, fmt.Sprintf("entry %s is not in %s", group(number), NumbersPath))
	}
}

func (l *numbers) missing(first, last int64) {
	switch {
	case first == last:
		l.b.find(LineMissing, LinesPath, first-1, fmt.Sprintf("entry %s has no line", group(first)))
	case first < last:
		l.b.find(LineMissing, LinesPath, first-1, fmt.Sprintf("entries %s to %s have no line", group(first), group(last)))
	}
}

// end holds what is left of the list, its digest and the counts to the contents.
func (l *numbers) end(lines int64) {
	for !l.broken {
		if l.next > 0 {
			l.missing(l.next, l.until)
		}
		if l.next = 0; !l.run() {
			break
		}
	}
	if l.broken {
		return
	}
	if l.sum() != l.contents.Numbers || l.in.Err() != nil {
		l.b.find(ContentsDiffer, NumbersPath, -1, NumbersPath+" is not the list that "+ContentsPath+" names")
	}
	if l.count != l.contents.Count || lines != l.contents.Count {
		l.b.find(ContentsDiffer, ContentsPath, -1, fmt.Sprintf("%s says %s entries, %s lists %s, and %s lines were read", ContentsPath,
			group(l.contents.Count), NumbersPath, group(l.count), group(lines)))
	}
}
