"""Labels for books: barcodes, spine labels and squares (QR) that lead to a copy, on sheets to stick on."""
