;;; fuzz.el --- Highlighting of half-typed text in Emacs  -*- lexical-binding: t; -*-

;;; Commentary:

;; Damages the .net files among the arguments at random, the same way each time, and fails where Emacs
;;   - leaves a character without a face,
;;   - gives other faces when it highlights in pieces, as it does on the screen, than at once,
;;   - or does not come to an end.
;;   emacs -Q --batch -L editors/emacs -l fuzz.el -f net-fuzz FILE...

;;; Code:

(require 'net-mode)

(defun net-fuzz-faces ()
  "The faces of the buffer, one a character."
  (mapcar (lambda (i) (get-text-property i 'face)) (number-sequence 1 (buffer-size))))

(defun net-fuzz-damage ()
  "Delete from the buffer, and insert, at random."
  (dotimes (_ (1+ (random 5)))
    (let ((place (1+ (random (buffer-size)))))
      (goto-char place)
      (if (zerop (random 2))
          (delete-region place (min (point-max) (+ place (random 30))))
        (insert (nth (random 14) '("(" ")" "{" "}" "[" "]" "\"" "\\" "//" "," "." "instead of" "= " "\n"))))))
  (when (zerop (random 3))
    (delete-region (1+ (random (buffer-size))) (point-max))))

(defun net-fuzz-check (name)
  "Check the buffer, which is called NAME."
  (net-mode)
  (font-lock-ensure)
  (goto-char (point-min))
  (while (re-search-forward "[^ \t\n]" nil t)
    (unless (get-text-property (1- (point)) 'face)
      (error "%s: %d:%d has no face:\n%s" name (line-number-at-pos) (current-column) (buffer-string))))
  (let ((whole (net-fuzz-faces)))
    (remove-text-properties (point-min) (point-max) '(face nil fontified nil))
    (font-lock-flush)
    (dotimes (_ 6)
      (let ((place (1+ (random (max 1 (buffer-size))))))
        (font-lock-ensure place (min (point-max) (+ place 300)))))
    (font-lock-ensure)
    (unless (equal whole (net-fuzz-faces))
      (error "%s: pieces look otherwise than the whole of\n%s" name (buffer-string))))
  (let ((inhibit-message t))
    (indent-region (point-min) (point-max))))

(defun net-fuzz ()
  "Damage and check the files among the arguments."
  (random "netc")
  (dolist (file command-line-args-left)
    (dotimes (i 8)
      (with-temp-buffer
        (insert-file-contents file)
        (net-fuzz-damage)
        (net-fuzz-check (format "%s, %d" file i)))))
  (setq command-line-args-left nil))

;;; fuzz.el ends here
