// SPDX-License-Identifier: EUPL-1.2

package audit

import (
	"bytes"
	"context"
	"io/fs"
	"sync"
)

// MemoryRows are rows in memory, for tests and demonstrations. The zero value is empty and ready.
type MemoryRows struct {
	mu   sync.Mutex
	rows [][]byte
}

// Append adds rows.
func (m *MemoryRows) Append(_ context.Context, leaves ...[]byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = append(m.rows, leaves...)
	return nil
}

// Leaves implements [Rows].
func (m *MemoryRows) Leaves(_ context.Context, after int64, limit int) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if after >= int64(len(m.rows)) {
		return nil, nil
	}
	rest := m.rows[after:]
	return append([][]byte(nil), rest[:min(limit, len(rest))]...), nil
}

// MemoryTiles are tiles in memory. The zero value is empty and ready.
type MemoryTiles struct {
	mu    sync.Mutex
	files map[string][]byte
}

// Read implements [Tiles].
func (m *MemoryTiles) Read(_ context.Context, path string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.files[path]
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: path, Err: fs.ErrNotExist}
	}
	return bytes.Clone(data), nil
}

// Write implements [Tiles].
func (m *MemoryTiles) Write(_ context.Context, files []File) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.files == nil {
		m.files = map[string][]byte{}
	}
	for _, f := range files {
		m.files[f.Path] = bytes.Clone(f.Data)
	}
	return nil
}

// Files is a copy of all files by path, to verify or to tamper with.
func (m *MemoryTiles) Files() map[string][]byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := make(map[string][]byte, len(m.files))
	for path, data := range m.files {
		out[path] = bytes.Clone(data)
	}
	return out
}

// MemoryHeads is the last head in memory. The zero value has none.
type MemoryHeads struct {
	mu   sync.Mutex
	size int64
	note []byte
}

// LastHead implements [Heads].
func (m *MemoryHeads) LastHead(context.Context) (int64, []byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.size, m.note, nil
}

// PutHead implements [Heads].
func (m *MemoryHeads) PutHead(_ context.Context, size int64, note []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if size < m.size || size == m.size && m.note != nil && !bytes.Equal(note, m.note) {
		return ErrHeadMoved
	}
	m.size, m.note = size, bytes.Clone(note)
	return nil
}
