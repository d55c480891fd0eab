// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// meter stands between the SSH channel and the SFTP server. It lets requests
// in at the party's rate and only while the party may be here, and knows which
// answers have left, which the SFTP server itself does not tell.
type meter struct {
	ssh.Channel
	session *session

	// of what comes in; used by one reader
	head [4]byte
	have int    // bytes of head
	body uint32 // bytes of the packet still to come

	out []byte // a packet being gathered; used by one writer

	mu       sync.Mutex
	moved    sync.Cond
	promised int64 // data packets that will be sent
	sent     int64 // data packets that were handed to the connection
	over     bool
}

func newMeter(c ssh.Channel, s *session) *meter {
	m := &meter{Channel: c, session: s}
	m.moved.L = &m.mu
	return m
}

var errGone = errors.New("sftpd: the party may not be here any more")

// Read takes in bytes, and pays for them and for every packet that begins in
// them.
func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Channel.Read(p)
	if n == 0 {
		return n, err
	}
	s := m.session
	begun := m.count(p[:n])
	if wait := s.own.bytes.take(s.ctx, n); wait != nil {
		return 0, wait
	}
	if begun > 0 {
		s.touch()
		if wait := s.own.requests.take(s.ctx, begun); wait != nil {
			return 0, wait
		}
		if !s.still() {
			s.end()
			return 0, errGone
		}
	}
	return n, err
}

// count follows the packets (draft-ietf-secsh-filexfer-02, 3: length, then as
// many bytes) and gives how many began.
func (m *meter) count(p []byte) (begun int) {
	for len(p) > 0 {
		if m.body > 0 {
			n := min(uint64(m.body), uint64(len(p)))
			m.body, p = m.body-uint32(n), p[n:]
			continue
		}
		if m.have == 0 {
			begun++
		}
		n := copy(m.head[m.have:], p)
		m.have, p = m.have+n, p[n:]
		if m.have == len(m.head) {
			m.body, m.have = binary.BigEndian.Uint32(m.head[:]), 0
		}
	}
	return begun
}

// typeData is SSH_FXP_DATA.
const typeData = 103

// Write gathers a packet, which the SFTP server writes in two parts, and sends
// it whole.
func (m *meter) Write(p []byte) (int, error) {
	m.out = append(m.out, p...)
	for len(m.out) > 4 {
		size := 4 + int(binary.BigEndian.Uint32(m.out))
		if len(m.out) < size {
			break
		}
		if err := m.send(m.out[:size]); err != nil {
			return 0, err
		}
		m.out = m.out[:copy(m.out, m.out[size:])]
	}
	return len(p), nil
}

// send gives up the connection when the client does not take a packet in time:
// whoever reads a byte a minute keeps only itself waiting, and not for ever.
func (m *meter) send(packet []byte) error {
	s := m.session
	if err := s.own.bytes.take(s.ctx, len(packet)); err != nil {
		m.broken()
		return err
	}
	stalled := time.AfterFunc(s.options.StallTimeout, s.end)
	_, err := m.Channel.Write(packet)
	stalled.Stop()
	if err != nil {
		m.broken()
		return err
	}
	s.touch()
	if packet[4] == typeData {
		m.mu.Lock()
		m.sent++
		m.moved.Broadcast()
		m.mu.Unlock()
	}
	return nil
}

// promise announces a data packet, before the SFTP server makes it.
func (m *meter) promise() {
	m.mu.Lock()
	m.promised++
	m.mu.Unlock()
}

// left waits until all that was promised has left, and reports whether it did.
func (m *meter) left() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for want := m.promised; m.sent < want; m.moved.Wait() {
		if m.over {
			return false
		}
	}
	return true
}

func (m *meter) broken() {
	m.mu.Lock()
	m.over = true
	m.moved.Broadcast()
	m.mu.Unlock()
}
