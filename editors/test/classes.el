;;; classes.el --- What Emacs makes of every character  -*- lexical-binding: t; -*-

;;; Commentary:

;; Writes, for each .net file among the arguments, what `net-mode' makes of every character, as classes.mjs does:
;;   OUT=dir emacs -Q --batch -L editors/emacs -l net-mode -l classes.el -f net-write-classes FILE...

;;; Code:

(require 'net-mode)

(defconst net-letters
  '((font-lock-comment-face . "c") (font-lock-comment-delimiter-face . "c") (font-lock-string-face . "s")
    (net-escape-face . "e") (net-number-face . "n") (net-unit-face . "u")
    (net-section-face . "K") (net-section-name-face . "T") (net-import-face . "i")
    (net-control-face . "k") (net-logic-face . "l") (net-constant-face . "b")
    (net-layer-face . "L") (net-setting-face . "S") (net-augmentation-face . "G") (net-edit-face . "E")
    (net-card-face . "C") (net-block-face . "B") (net-trick-face . "R") (net-call-face . "F")
    (net-namespace-face . "N") (net-constructor-face . "X") (net-word-face . "W") (net-each-face . "w")
    (net-parameter-face . "P") (net-argument-face . "A") (net-label-face . "D") (net-name-face . "V")
    (net-object-face . "O") (net-property-face . "M") (net-input-face . "I") (net-function-face . "f")
    (net-user-function-face . "U") (net-operator-face . "o") (net-punctuation-face . ".")
    (net-invalid-face . "!"))
  "One letter a face.")

(defun net-letter (position)
  "The letter of the character at POSITION."
  (let ((face (get-text-property position 'face)))
    (when (consp face) (setq face (car face)))
    (or (cdr (assq face net-letters)) "?")))

(defun net-write-classes ()
  "Write the classes of the files among the arguments."
  (dolist (file command-line-args-left)
    (with-temp-buffer
      (insert-file-contents file)
      (net-mode)
      (font-lock-ensure)
      (let (rows)
        (goto-char (point-min))
        (while (not (eobp))
          (let ((row ""))
            (dolist (position (number-sequence (point) (1- (line-end-position))))
              (setq row (concat row (if (memq (char-after position) '(?\s ?\t)) " " (net-letter position)))))
            (push (buffer-substring-no-properties (point) (line-end-position)) rows)
            (push (string-trim-right row) rows))
          (forward-line))
        (let ((out (concat (file-name-as-directory (getenv "OUT")) file ".classes")))
          (make-directory (file-name-directory out) t)
          (let ((coding-system-for-write 'utf-8))
            (write-region (concat (string-join (nreverse rows) "\n") "\n") nil out nil 'silent))))))
  (setq command-line-args-left nil))

;;; classes.el ends here
