package container_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"slices"
	"testing"

	"flexy-key-check/checks/internal/test/testkit"
)

// Both kinds of layer are read alike.
func TestReadImage(t *testing.T) {
	t.Parallel()
	layer := archive(t, "flexy-key-check", "the program")
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	w.Write(layer)
	testkit.NoError(t, w.Close())
	for name, stored := range map[string][]byte{"plain": layer, "compressed": compressed.Bytes()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			img := readImage(t, archive(t,
				"manifest.json", `[{"Config": "config.json", "Layers": ["blobs/1"]}]`,
				"config.json", `{"config": {"Entrypoint": ["/flexy-key-check"]}}`,
				"blobs/1", string(stored)))
			testkit.Diff(t, []string{"flexy-key-check"}, slices.Collect(maps.Keys(img.files)))
			testkit.Diff(t, "the program", string(img.binary))
			testkit.Diff(t, [][]byte{layer}, img.layers)
			testkit.Diff(t, []string{"/flexy-key-check"}, img.config.Config.Entrypoint)
		})
	}
}

// archive makes a tar archive of names and contents.
func archive(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for file := range slices.Chunk(files, 2) {
		testkit.NoError(t, w.WriteHeader(&tar.Header{Name: file[0], Mode: 0o644, Size: int64(len(file[1]))}))
		_, err := w.Write([]byte(file[1]))
		testkit.NoError(t, err)
	}
	testkit.NoError(t, w.Close())
	return b.Bytes()
}
