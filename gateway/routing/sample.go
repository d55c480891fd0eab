// SPDX-License-Identifier: EUPL-1.2

package routing

import (
	"bytes"
	"embed"
	"fmt"
)

// sampleFiles is a hand's breadth of the country in the layouts that an
// operator imports: some thirty postcodes each of Nijmegen, Leiden and
// Amsterdam, fewer of Rotterdam and Berg en Dal, and every kind of hard case.
//
//go:embed testdata/sample/*.csv
var sampleFiles embed.FS

const (
	sampleMain    = "pc6hnr20250801_gwb.csv"
	sampleLetters = "huisletters.csv"
	sampleNames   = "gemeenten.csv"
)

// Sample is the table of the demonstration and of tests: the division of 2025,
// some 120 postcodes. It routes nobody for real. Whoever invents a person for
// it takes a house number above 9000, so that no real home is named; the
// postcodes of Table.Postcodes are sure for any number.
func Sample() (*Table, error) { return compileSample(CompileOptions{Sample: true}) }

func compileSample(options CompileOptions) (*Table, error) {
	main, err := sampleFile(sampleMain)
	if err != nil {
		return nil, err
	}
	imp, _, err := ReadCBS(sampleMain, main, main.Size(), ReadOptions{})
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	changes, err := KnownChanges()
	if err != nil {
		return nil, err
	}
	letters, err := readSample(sampleLetters, func(r *bytes.Reader) ([]Letter, error) { return ReadLetters(r) })
	if err != nil {
		return nil, err
	}
	options.Expected, err = readSample(sampleNames, func(r *bytes.Reader) (Municipalities, error) { return ReadMunicipalities(r) })
	if err != nil {
		return nil, err
	}
	t, _, err := Compile(imp, changes, letters, options)
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	return t, nil
}

func readSample[T any](name string, read func(*bytes.Reader) (T, error)) (T, error) {
	var none T
	r, err := sampleFile(name)
	if err != nil {
		return none, err
	}
	list, err := read(r)
	if err != nil {
		return none, fmt.Errorf("sample %s: %w", name, err)
	}
	return list, nil
}

func sampleFile(name string) (*bytes.Reader, error) {
	b, err := sampleFiles.ReadFile("testdata/sample/" + name)
	if err != nil {
		return nil, fmt.Errorf("sample: %w", err)
	}
	return bytes.NewReader(b), nil
}
