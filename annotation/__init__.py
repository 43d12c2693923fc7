"""What a worker draws: label sets, images, and the answers given."""
