// SPDX-License-Identifier: EUPL-1.2

package vault

import (
	"context"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/seinhuis/seinhuis/keys"
)

// maxBatch is the most members of one call. OpenBao refuses 500; Vault takes more, and its answer then passes what one call may
// bring. width is how many calls of one group are under way at once.
const (
	maxBatch = 400
	width    = 8
)

// member is one of a batch, in either direction.
type member struct {
	Input      string `json:"input,omitempty"`
	Ciphertext string `json:"ciphertext,omitempty"`
	HMAC       string `json:"hmac,omitempty"`
	Signature  string `json:"signature,omitempty"`
	Plaintext  string `json:"plaintext,omitempty"`
	Error      string `json:"error,omitempty"`
}

// input is a member that is sent; empty input is a value too, so it is never left out.
type input struct {
	Input string `json:"input"`
}

func inputs(values [][]byte) []input {
	out := make([]input, len(values))
	for i, v := range values {
		out[i].Input = base64.StdEncoding.EncodeToString(v)
	}
	return out
}

// send makes one call of at most maxBatch members and gives as many results, or an error.
func (s *Store) send(ctx context.Context, path string, body map[string]any, n int) ([]member, error) {
	var answer struct {
		Data struct {
			Results []member `json:"batch_results"`
		} `json:"data"`
	}
	if err := s.write(ctx, path, body, &answer); err != nil {
		return nil, err
	}
	if len(answer.Data.Results) != n {
		return nil, fmt.Errorf("vault answers %d of %d members: %w", len(answer.Data.Results), n, keys.ErrUnavailable)
	}
	return answer.Data.Results, nil
}

// output reads "vault:v<version>:<base64>" and refuses another version than was asked.
func output(text string, version uint32) ([]byte, error) {
	raw, ok := strings.CutPrefix(text, "vault:v"+strconv.FormatUint(uint64(version), 10)+":")
	if !ok {
		return nil, fmt.Errorf("vault answers with another key version: %w", keys.ErrUnavailable)
	}
	out, err := base64.StdEncoding.DecodeString(raw)
	if err != nil {
		return nil, fmt.Errorf("vault's answer is not base64: %w", keys.ErrUnavailable)
	}
	return out, nil
}

// chunks calls act for every part of at most maxBatch of n, several at once.
func chunks(n int, act func(from, to int) error) error {
	return parallel((n+maxBatch-1)/maxBatch, width, func(i int) error { return act(i*maxBatch, min((i+1)*maxBatch, n)) })
}
