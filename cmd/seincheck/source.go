// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// maxSmall bounds the files that are read whole: checkpoints, keys, receipts.
const maxSmall = 1 << 20

// insideKeys is where a log may carry its verifier keys, for convenience and without any weight.
const insideKeys = "verifier.txt"

// source is a log to read: a directory or an export.
type source struct {
	fs.FS
	io.Closer
}

// openSource opens a directory, or a zip of one.
func openSource(path string) (source, error) {
	info, err := os.Stat(path)
	if err != nil {
		return source{}, err
	}
	if info.IsDir() {
		root, err := os.OpenRoot(path) // links inside the log may not lead out of it
		if err != nil {
			return source{}, err
		}
		return source{root.FS(), root}, nil
	}
	z, err := zip.OpenReader(path)
	if err != nil {
		return source{}, fmt.Errorf("%s: neither a directory nor a zip: %w", path, err)
	}
	return source{z, z}, nil
}

// logKeys gathers the verifier keys. Inside says that there were none but those that the log itself carries; given keys are
// never mixed with them. A nil source carries none.
func logKeys(o options, log fs.FS) (keys []string, inside bool, err error) {
	keys = append(keys, o.keys...)
	if o.keyFile != "" {
		data, err := readSmall(o.keyFile)
		if err != nil {
			return nil, false, err
		}
		keys = append(keys, lines(data)...)
	}
	if len(keys) > 0 {
		return keys, false, nil
	}
	if o.keyFile != "" {
		return nil, false, fmt.Errorf("%s holds no key", o.keyFile)
	}
	if log != nil {
		f, err := log.Open(insideKeys)
		if err == nil {
			defer f.Close()
			data, err := io.ReadAll(io.LimitReader(f, maxSmall))
			if keys = lines(data); err == nil && len(keys) > 0 {
				return keys, true, nil
			}
		}
	}
	return nil, false, fmt.Errorf("no verifier key: give --key or --key-file; %w", errUsage)
}

// lines gives the lines that are not empty and not a comment.
func lines(data []byte) (out []string) {
	s := bufio.NewScanner(bytes.NewReader(data))
	for s.Scan() {
		if line := strings.TrimSpace(s.Text()); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// readSmall reads a file of at most maxSmall bytes.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxSmall+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if len(data) > maxSmall {
		return nil, fmt.Errorf("%s: longer than %d bytes", path, maxSmall)
	}
	return data, nil
}
