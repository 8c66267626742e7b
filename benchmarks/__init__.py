"""Side by side with MediaPipe 0.10.21 itself: parity of the answers, and speed."""
