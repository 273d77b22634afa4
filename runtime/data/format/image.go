package format

import (
	"bytes"
	"image"
	"image/color"
	_ "image/jpeg" // decoders of the two formats
	_ "image/png"
)

const (
	maxPixels = 1 << 26 // 64 megapixels, 8192 x 8192
	imageHelp = "convert the file to PNG or JPEG, or remove it"
)

// ImageSize reads the height and width of a PNG or JPEG file from its header.
func ImageSize(data []byte) (height, width int, err error) {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return 0, 0, malformed(imageHelp, "not a readable PNG or JPEG image: %v", err)
	}
	height, width = config.Height, config.Width
	// Neither format packs a pixel below a thousandth of a bit; a header that promises more lies, and believing it
	// would take the memory before the decoder finds out.
	if height < 1 || width < 1 || height > maxPixels/width || height*width > 4096+8192*len(data) {
		return 0, 0, malformed(imageHelp, "the image's header is nonsense: %d x %d pixels in a file of %d bytes", width, height, len(data))
	}
	return height, width, nil
}

// DecodeImage reads a PNG or JPEG file into height x width x channels bytes: 3 channels red, green, blue, or 1
// channel of luma. What is transparent shows black behind it; 16-bit depths are cut to 8; the orientation
// in EXIF data is not applied.
func DecodeImage(data []byte, channels int) (height, width int, pixels []byte, err error) {
	height, width, err = ImageSize(data)
	if err != nil {
		return 0, 0, nil, err
	}
	m, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return 0, 0, nil, malformed(imageHelp, "not a readable PNG or JPEG image: %v", err)
	}
	at := m.Bounds().Min
	if m.Bounds().Dy() != height || m.Bounds().Dx() != width {
		return 0, 0, nil, malformed(imageHelp, "the image's size is not what its header says")
	}
	pixels = make([]byte, 0, height*width*channels)
	for y := range height {
		for x := range width {
			c := m.At(at.X+x, at.Y+y)
			if channels == 1 {
				pixels = append(pixels, color.GrayModel.Convert(c).(color.Gray).Y)
				continue
			}
			r, g, b, _ := c.RGBA()
			pixels = append(pixels, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return height, width, pixels, nil
}
