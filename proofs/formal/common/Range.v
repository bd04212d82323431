(** * Range (E3, E4): how likely the top digits have the signs that the ranges need.

    The signs of K digits are read from edges, most significant digit first: from one edge per
    digit ([one]), or + if one of two edges has it ([best]). Expansion.v says what both signs, or a +,
    among the top e digits are good for.
    - [E3_prob]: one of the two signs is missing among them with probability 2 * 2^-e.
    - [E4_prob]: + is missing among them with probability 4^-e. *)
Require Import ZArith Reals List Lra Lia Bool.
From Pmone Require Import Sums Expansion Probability.
Import ListNotations.
Open Scope R_scope.

Definition has (b : bool) (s : list bool) : bool := existsb (Bool.eqb b) s.
Definition one (w : signs) (c : nat -> coord) (K : nat) : list bool :=
  map (fun i => w (c i)) (seq 0 K).
Definition best (w : signs) (c c' : nat -> coord) (K : nat) : list bool :=
  map (fun i => w (c i) || w (c' i)) (seq 0 K).

Lemma has_In b s : has b s = true <-> In b s.
Proof.
  unfold has. rewrite existsb_exists. split.
  - intros (a & Ha & E). apply eqb_prop in E. subst. auto.
  - intros H. exists b. split; auto. apply eqb_reflx.
Qed.

Definition all (b : bool) (c : nat -> coord) (l : list nat) : list (coord * bool) :=
  map (fun i => (c i, b)) l.
Lemma all_fst b c l : map fst (all b c l) = map c l.
Proof. unfold all. rewrite map_map. auto. Qed.
Lemma all_length b c l : length (all b c l) = length l.
Proof. apply map_length. Qed.

Lemma lacks_one b w c l : negb (has b (map (fun i => w (c i)) l)) = fits (all (negb b) c l) w.
Proof.
  induction l as [|i l IH]; auto. cbn [map has existsb all fits forallb fst snd].
  rewrite negb_orb. unfold has, all, fits in IH. rewrite IH. f_equal. destruct b, (w (c i)); auto.
Qed.
Lemma lacks_plus w c c' l : negb (has true (map (fun i => w (c i) || w (c' i)) l)) =
  fits (all false c l ++ all false c' l) w.
Proof.
  rewrite fits_app. change false with (negb true). rewrite <- !lacks_one.
  induction l as [|i l IH]; auto. cbn [map has existsb]. rewrite !negb_orb. unfold has in IH.
  rewrite IH.
  destruct (w (c i)), (w (c' i)); cbn; rewrite ?andb_false_r, ?andb_true_r; auto.
Qed.

Lemma firstn_digits {A} (f : nat -> A) e K : (e <= K)%nat -> firstn e (map f (seq 0 K)) =
  map f (seq 0 e).
Proof.
  intros H. replace K with (e + (K - e))%nat by lia. rewrite seq_app, map_app, firstn_app,
    firstn_all2.
  - rewrite map_length, seq_length, Nat.sub_diag. cbn. apply app_nil_r.
  - rewrite map_length, seq_length. lia.
Qed.

Lemma prob_all b c l w : NoDup (map c l) -> E (map c l) (fun w => ind (fits (all b c l) w)) w =
  (1/2) ^ length l.
Proof.
  intros ND. pose proof (E_pattern (all b c l)) as P. rewrite all_fst, all_length in P. auto.
Qed.

(** E3: with K digits of independent signs, one sign is missing among the top e with
    probability 2 * 2^-e *)
Theorem E3_prob (c : nat -> coord) e K w : (1 <= e <= K)%nat -> NoDup (map c (seq 0 e)) ->
  E (map c (seq 0 e)) (fun w =>
    ind (negb (has true (firstn e (one w c K)) && has false (firstn e (one w c K))))) w
  = 2 * (1/2) ^ e.
Proof.
  intros He ND.
  rewrite (E_ext _ _ (fun w => ind (fits (all false c (seq 0 e)) w) +
    ind (fits (all true c (seq 0 e)) w))).
  - rewrite E_plus, !prob_all, seq_length by auto. lra.
  - intros w' _. unfold one. rewrite firstn_digits by lia.
    pose proof (lacks_one true w' c (seq 0 e)) as P1.
    pose proof (lacks_one false w' c (seq 0 e)) as P2.
    cbn [negb] in P1, P2. rewrite <- P1, <- P2. set (s := map _ _).
    assert (H : has true s || has false s = true).
    { unfold s. replace e with (S (e - 1))
        by lia. cbn [seq map has existsb]. destruct (w' (c 0%nat)); cbn; auto using orb_true_r. }
    destruct (has true s), (has false s); try discriminate H; unfold ind; cbn; lra.
Qed.

(** ... and if none is, all |V| <= 2^(K-e) are representable *)
Theorem E3_good (c : nat -> coord) e K w V : (e <= K)%nat ->
  has true (firstn e (one w c K)) && has false (firstn e (one w c K)) = true ->
  (- pow2 (K - e) <= V <= pow2 (K - e))%Z -> val (one w c K) (mask (one w c K) V) = V.
Proof.
  intros He H HV. apply andb_prop in H as [H1 H2]. apply has_In in H1, H2.
  assert (L : length (one w c K) = K) by (unfold one; rewrite map_length, seq_length; auto).
  apply (E3_range _ e); rewrite ?L; auto.
Qed.

(** E4: with the best of two independent signs per digit, + is missing among the top e with
    probability 4^-e *)
Theorem E4_prob (c c' : nat -> coord) e K w : (e <= K)%nat ->
  NoDup (map c (seq 0 e) ++ map c' (seq 0 e)) ->
  E (map c (seq 0 e) ++ map c' (seq 0 e)) (fun w =>
    ind (negb (has true (firstn e (best w c c' K))))) w = (1/4) ^ e.
Proof.
  intros He ND. set (q := all false c (seq 0 e) ++ all false c' (seq 0 e)).
  assert (F : map fst q = map c (seq 0 e) ++ map c' (seq 0 e)) by (unfold q;
    rewrite map_app, !all_fst; auto).
  rewrite <- F in *. rewrite (E_ext _ _ (fun w => ind (fits q w))).
  - rewrite E_pattern by auto. unfold q. rewrite app_length, !all_length, seq_length.
    replace (e + e)%nat with (2 * e)%nat by lia. rewrite pow_mult. f_equal. lra.
  - intros w' _. unfold best, q. rewrite firstn_digits by lia. rewrite lacks_plus. auto.
Qed.

(** ... and if it is not, all 0 <= V <= 2^(K-e) are representable *)
Theorem E4_good (c c' : nat -> coord) e K w V : (e <= K)%nat ->
  has true (firstn e (best w c c' K)) = true ->
  (0 <= V <= pow2 (K - e))%Z -> val (best w c c' K) (mask (best w c c' K) V) = V.
Proof.
  intros He H HV. apply has_In in H.
  assert (L : length (best w c c' K) = K) by (unfold best; rewrite map_length, seq_length; auto).
  apply (E4_range _ e); rewrite ?L; auto.
Qed.
