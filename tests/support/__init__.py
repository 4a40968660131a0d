"""What several tests share: throw-away repositories and crates."""
