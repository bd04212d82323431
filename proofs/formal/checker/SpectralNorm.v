(** * SpectralNorm: upper bounds on spectral norms of integer matrices, from certificates that anyone may make.

    If the Frobenius norm of c I - A A^T - U U^T is at most e, whatever U, then |A|^2 <= c + e
    ([gram_norm]). With c a little above |A|^2, and U a rounded Cholesky factor of c I - A A^T, that is
    within a part in thousands of the norm. [norm_bound] checks such a certificate in integers, for the
    leading bits of a matrix or of its transpose, and adds the Frobenius norm of the other bits. *)
Require Import ZArith List Bool Reals Lra Lia Psatz.
From Pmone Require Import Sums Probability Network Norms Dyadic.
Import ListNotations.
Local Open Scope R_scope.

(** A maps R^m to R^n; its spectral norm is at most s *)
Definition norm_le (n m : nat) (A : mat) (s : R) : Prop := forall y, euclid n (mv m A y) <= s * euclid m y.
Definition tr (A : mat) : mat := fun i j => A j i.

Lemma euclid_ext n x y : (forall i, (i < n)%nat -> x i = y i) -> euclid n x = euclid n y.
Proof. intros H. apply (nrm_ext Euclid). auto. Qed.
Lemma euclid_scal n c x : 0 <= c -> euclid n (fun i => c * x i) = c * euclid n x.
Proof.
  intros Hc. unfold euclid. replace (dot n (fun i => c * x i) (fun i => c * x i)) with (c * c * dot n x x).
  - rewrite sqrt_mult, sqrt_square by (try apply dot_nonneg; nra). reflexivity.
  - unfold dot. rewrite <- rsum_scal. apply rsum_ext. intros; ring.
Qed.
Lemma norm_le_sum n m A B a b : norm_le n m A a -> norm_le n m B b ->
  norm_le n m (fun i j => A i j + B i j) (a + b).
Proof.
  intros HA HB y. specialize (HA y). specialize (HB y).
  pose proof (nrm_tri Euclid n (mv m (fun i j => A i j + B i j) y) (mv m B y) (fun _ => 0)) as T.
  cbn [nrm Euclid] in T.
  rewrite (euclid_ext n (vsub (mv m (fun i j => A i j + B i j) y) (fun _ => 0)) (mv m (fun i j => A i j + B i j) y)) in T
    by (intros; unfold vsub; lra).
  rewrite (euclid_ext n (vsub (mv m (fun i j => A i j + B i j) y) (mv m B y)) (mv m A y)) in T.
  2:{ intros i _. unfold vsub, mv. rewrite <- rsum_minus. apply rsum_ext. intros; ring. }
  rewrite (euclid_ext n (vsub (mv m B y) (fun _ => 0)) (mv m B y)) in T by (intros; unfold vsub; lra). lra.
Qed.
Lemma norm_le_scale n m A a c : 0 <= c -> norm_le n m A a -> norm_le n m (fun i j => c * A i j) (c * a).
Proof.
  intros Hc HA y. rewrite (euclid_ext _ _ (fun i => c * mv m A y i)).
  - rewrite euclid_scal, Rmult_assoc by auto. apply Rmult_le_compat_l; auto.
  - intros i _. unfold mv. rewrite <- rsum_scal. apply rsum_ext. intros; ring.
Qed.
Lemma norm_le_ext n m A B a : (forall i j, (i < n)%nat -> (j < m)%nat -> A i j = B i j) ->
  norm_le n m A a -> norm_le n m B a.
Proof. intros E H y. rewrite <- (euclid_ext n (mv m A y)); [apply H|]. intros i Hi. apply mv_ext; auto. Qed.
Lemma norm_le_weaken n m A a b : a <= b -> norm_le n m A a -> norm_le n m A b.
Proof. intros Hb H y. eapply Rle_trans; [apply H|]. apply Rmult_le_compat_r; auto. apply euclid_nonneg. Qed.

(** a matrix and its transpose have the same norm *)
Lemma norm_le_tr n m A s : 0 <= s -> norm_le m n (tr A) s -> norm_le n m A s.
Proof.
  intros Hs H y. set (z := mv m A y).
  assert (E : dot n z z = dot m y (mv n (tr A) z)).
  { unfold dot, mv, tr. unfold z at 1, mv.
    rewrite (rsum_ext _ (fun i => rsum (fun j => A i j * y j * z i) (seq 0 m))).
    - rewrite rsum_swap. apply rsum_ext. intros j _. rewrite <- rsum_scal. apply rsum_ext. intros; ring.
    - intros i _. rewrite Rmult_comm, <- rsum_scal. apply rsum_ext. intros; ring. }
  pose proof (dot_euclid m y (mv n (tr A) z)) as C. rewrite <- E, <- euclid_sqr in C. specialize (H z).
  pose proof (euclid_nonneg n z) as N0. pose proof (euclid_nonneg m y) as Y0.
  destruct (Req_dec (euclid n z) 0) as [Z|Z].
  - rewrite Z. apply Rmult_le_pos; auto.
  - apply Rmult_le_reg_r with (euclid n z); [lra|]. eapply Rle_trans; [apply C|].
    replace (s * euclid m y * euclid n z) with (euclid m y * (s * euclid n z)) by ring.
    apply Rmult_le_compat_l; auto.
Qed.

(** ** the Gram certificate *)
Lemma rsum_prod {X Y} (f : X -> R) (g : Y -> R) l l' :
  rsum (fun p => f (fst p) * g (snd p)) (list_prod l l') = rsum f l * rsum g l'.
Proof.
  induction l as [|a l IH]; cbn [list_prod rsum]; [lra|].
  rewrite rsum_app, IH, rsum_map. cbn [fst snd]. rewrite rsum_scal. lra.
Qed.
Lemma rsum_pairs {X Y} (f : X -> Y -> R) l l' :
  rsum (fun p => f (fst p) (snd p)) (list_prod l l') = rsum (fun a => rsum (f a) l') l.
Proof.
  induction l as [|a l IH]; cbn [list_prod rsum]; [lra|]. rewrite rsum_app, IH, rsum_map. reflexivity.
Qed.
Lemma gram_form n m A x : dot m (mv n (tr A) x) (mv n (tr A) x) =
  rsum (fun i => rsum (fun j => rsum (fun k => A i k * A j k) (seq 0 m) * (x i * x j)) (seq 0 n)) (seq 0 n).
Proof.
  unfold dot, mv, tr.
  rewrite (rsum_ext _ (fun k => rsum (fun i => rsum (fun j => A i k * A j k * (x i * x j)) (seq 0 n)) (seq 0 n))).
  - rewrite rsum_swap. apply rsum_ext. intros i _. rewrite rsum_swap. apply rsum_ext. intros j _.
    rewrite (Rmult_comm (rsum _ _)), <- rsum_scal. apply rsum_ext. intros; ring.
  - intros k _. rewrite <- rsum_scal. apply rsum_ext. intros i _.
    rewrite (Rmult_comm (rsum _ _)), <- rsum_scal. apply rsum_ext. intros; ring.
Qed.
(** c I - A A^T - U U^T for A with m columns and U with k columns *)
Definition residue (m k : nat) (A U : mat) (c : R) (i j : nat) : R :=
  c * bitR (j =? i)%nat - rsum (fun q => A i q * A j q) (seq 0 m) - rsum (fun q => U i q * U j q) (seq 0 k).
Definition squares (n : nat) (D : mat) : R := rsum (fun i => rsum (fun j => D i j * D i j) (seq 0 n)) (seq 0 n).
Theorem gram_norm n m k A U c e s : 0 <= e -> 0 <= s -> c + e <= s * s ->
  squares n (residue m k A U c) <= e * e -> norm_le n m A s.
Proof.
  intros He Hs Hc H. apply norm_le_tr; auto. intros x.
  apply euclid_le; [apply Rmult_le_pos; auto; apply euclid_nonneg|].
  replace (s * euclid n x * (s * euclid n x)) with (s * s * (euclid n x * euclid n x)) by ring. rewrite euclid_sqr.
  set (D := residue m k A U c) in *. pose proof (dot_nonneg n x) as X0.
  apply Rle_trans with ((c + e) * dot n x x); [|apply Rmult_le_compat_r; auto].
  assert (Q : rsum (fun i => rsum (fun j => D i j * (x i * x j)) (seq 0 n)) (seq 0 n) =
     c * dot n x x - dot m (mv n (tr A) x) (mv n (tr A) x) - dot k (mv n (tr U) x) (mv n (tr U) x)).
  { rewrite !gram_form. unfold dot at 1. rewrite <- rsum_scal, <- !rsum_minus. apply rsum_ext. intros i Hi.
    apply in_seq in Hi. rewrite <- (rsum_pick (fun j => c * (x i * x j)) i n) at 1 by lia.
    rewrite <- !rsum_minus. apply rsum_ext. intros j _. unfold D, residue. ring. }
  pose proof (cauchy_schwarz (fun p => D (fst p) (snd p)) (fun p => x (fst p) * x (snd p)) (list_prod (seq 0 n) (seq 0 n))) as C.
  rewrite (rsum_pairs (fun i j => D i j * (x i * x j))) in C.
  rewrite (rsum_pairs (fun i j => D i j * D i j)) in C. fold (squares n D) in C.
  rewrite (rsum_ext (fun p : nat * nat => x (fst p) * x (snd p) * (x (fst p) * x (snd p)))
     (fun p => (x (fst p) * x (fst p)) * (x (snd p) * x (snd p)))) in C by (intros; ring).
  rewrite (rsum_prod (fun i => x i * x i) (fun i => x i * x i)) in C. fold (dot n x x) in C.
  pose proof (dot_nonneg k (mv n (tr U) x)).
  set (q := rsum (fun i => rsum (fun j => D i j * (x i * x j)) (seq 0 n)) (seq 0 n)) in *.
  assert (E0 : 0 <= e * dot n x x) by (apply Rmult_le_pos; auto).
  assert (B : q * q <= (e * dot n x x) * (e * dot n x x)).
  { eapply Rle_trans; [apply C|].
    replace (e * dot n x x * (e * dot n x x)) with (e * e * (dot n x x * dot n x x)) by ring.
    apply Rmult_le_compat_r; auto. apply Rmult_le_pos; auto. }
  assert (- (e * dot n x x) <= q) by (apply Rnot_lt_le; intros L; nra). lra.
Qed.

(** ** in integers *)
Definition zmat (A : list (list Z)) : mat := fun i j => IZR (nth j (nth i A []) 0%Z).
Fixpoint zdot_from (s : Z) (a b : list Z) : Z :=
  match a, b with x :: a', y :: b' => zdot_from (s + x * y) a' b' | _, _ => s end.
Definition zdot : list Z -> list Z -> Z := zdot_from 0.
Lemma zdot_ok a b m : (length a <= m)%nat -> (length b <= m)%nat ->
  IZR (zdot a b) = rsum (fun q => IZR (nth q a 0%Z) * IZR (nth q b 0%Z)) (seq 0 m).
Proof.
  enough (H : forall a b s m, (length a <= m)%nat -> (length b <= m)%nat ->
    IZR (zdot_from s a b) = IZR s + rsum (fun q => IZR (nth q a 0%Z) * IZR (nth q b 0%Z)) (seq 0 m)).
  { intros Ha Hb. unfold zdot. rewrite (H _ _ _ m) by auto. lra. }
  clear. induction a as [|x a IH]; intros b s m Ha Hb.
  - cbn [zdot_from]. rewrite rsum_zero; [lra|]. intros q _. destruct q; cbn; lra.
  - destruct b as [|y b].
    + cbn [zdot_from]. rewrite rsum_zero; [lra|]. intros q _.
      replace (nth q (@nil Z) 0%Z) with 0%Z by (destruct q; auto). lra.
    + destruct m as [|m]; [cbn in Ha; lia|]. cbn [zdot_from seq rsum nth].
      rewrite (IH b _ m) by (cbn in *; lia). rewrite seq_shift_S, rsum_map, plus_IZR, mult_IZR.
      cbn [nth]. lra.
Qed.
Fixpoint off_diagonal (s : Z) (a u : list Z) (A U : list (list Z)) : Z :=
  match A, U with
  | b :: A', v :: U' => let d := zdot_from (zdot a b) u v in off_diagonal (s + d * d) a u A' U'
  | _, _ => s
  end.
(** the squares of c I - A A^T - U U^T, the upper triangle counted twice *)
Fixpoint zsquares (s c : Z) (A U : list (list Z)) : Z :=
  match A, U with
  | a :: A', u :: U' => let d := (c - zdot_from (zdot a a) u u)%Z in
                        zsquares (s + d * d + 2 * off_diagonal 0 a u A' U') c A' U'
  | _, _ => s
  end.
Definition short (m : nat) (A : list (list Z)) : bool := forallb (fun a => Nat.leb (length a) m) A.
Lemma short_forall m A : short m A = true -> Forall (fun a => length a <= m)%nat A.
Proof.
  unfold short. rewrite forallb_forall, Forall_forall. intros H a Ha. apply Nat.leb_le. auto.
Qed.
Lemma zdot_from_zdot s a b : zdot_from s a b = (s + zdot a b)%Z.
Proof.
  unfold zdot. revert s b. induction a as [|x a IH]; intros s [|y b]; cbn [zdot_from]; try lia.
  rewrite (IH (s + x * y)%Z), (IH (0 + x * y)%Z). lia.
Qed.
Lemma off_diagonal_ok m k a u : (length a <= m)%nat -> (length u <= k)%nat -> forall A U s,
  Forall (fun a => length a <= m)%nat A -> Forall (fun u => length u <= k)%nat U -> length A = length U ->
  IZR (off_diagonal s a u A U) = IZR s + rsum (fun j =>
    let d := rsum (fun q => IZR (nth q a 0%Z) * zmat A j q) (seq 0 m) +
             rsum (fun q => IZR (nth q u 0%Z) * zmat U j q) (seq 0 k) in d * d) (seq 0 (length A)).
Proof.
  intros Ha Hu. induction A as [|b A IH]; intros [|v U] s HA HU HL; try discriminate; cbn [off_diagonal length seq rsum];
    [lra|]. inversion_clear HA. inversion_clear HU. injection HL as HL. cbv zeta. rewrite IH by auto.
  rewrite seq_shift_S, rsum_map, zdot_from_zdot, plus_IZR, mult_IZR, !plus_IZR.
  rewrite (zdot_ok a b m), (zdot_ok u v k) by auto. unfold zmat. cbn [nth]. lra.
Qed.
Lemma zsquares_ok m k c : forall A U s,
  Forall (fun a => length a <= m)%nat A -> Forall (fun u => length u <= k)%nat U -> length A = length U ->
  IZR (zsquares s c A U) = IZR s + squares (length A) (residue m k (zmat A) (zmat U) (IZR c)).
Proof.
  induction A as [|a A IH]; intros [|u U] s HA HU HL; try discriminate.
  { cbn. lra. }
  inversion_clear HA as [|? ? Ha HA']. inversion_clear HU as [|? ? Hu HU']. injection HL as HL.
  cbn [zsquares length]. cbv zeta. rewrite IH by auto. set (n := length A).
  assert (shift : forall f : mat, squares (S n) f = f 0%nat 0%nat * f 0%nat 0%nat +
    rsum (fun j => f 0%nat (S j) * f 0%nat (S j)) (seq 0 n) + rsum (fun i => f (S i) 0%nat * f (S i) 0%nat) (seq 0 n) +
    squares n (fun i j => f (S i) (S j))).
  { intros f. unfold squares. cbn [seq rsum]. rewrite seq_shift_S, !rsum_map.
    rewrite (rsum_ext (fun a0 => f (S a0) 0%nat * f (S a0) 0%nat + rsum (fun j => f (S a0) j * f (S a0) j) (map S (seq 0 n)))
      (fun i => f (S i) 0%nat * f (S i) 0%nat + rsum (fun j => f (S i) (S j) * f (S i) (S j)) (seq 0 n)))
      by (intros; rewrite rsum_map; reflexivity).
    rewrite rsum_plus. lra. }
  rewrite shift. set (D := residue m k (zmat (a :: A)) (zmat (u :: U)) (IZR c)).
  replace (squares n (fun i j => D (S i) (S j))) with (squares n (residue m k (zmat A) (zmat U) (IZR c))) by reflexivity.
  rewrite !plus_IZR, mult_IZR, minus_IZR, zdot_from_zdot, plus_IZR, (mult_IZR 2).
  rewrite (zdot_ok a a m), (zdot_ok u u k), (off_diagonal_ok m k) by auto. fold n.
  replace (rsum (fun i => D (S i) 0%nat * D (S i) 0%nat) (seq 0 n)) with
    (rsum (fun j => D 0%nat (S j) * D 0%nat (S j)) (seq 0 n)).
  2:{ apply rsum_ext. intros j _. enough (E : D 0%nat (S j) = D (S j) 0%nat) by (rewrite E; auto).
      unfold D, residue. cbn [Nat.eqb]. f_equal; [f_equal|]; apply rsum_ext; intros; ring. }
  replace (rsum (fun j => D 0%nat (S j) * D 0%nat (S j)) (seq 0 n)) with (rsum (fun j =>
    let d := rsum (fun q => IZR (nth q a 0%Z) * zmat A j q) (seq 0 m) +
             rsum (fun q => IZR (nth q u 0%Z) * zmat U j q) (seq 0 k) in d * d) (seq 0 n)).
  2:{ apply rsum_ext. intros j _. unfold D, residue. cbn [Nat.eqb bitR]. cbv zeta. unfold zmat. cbn [nth]. ring. }
  replace (D 0%nat 0%nat) with (IZR c - (rsum (fun q => IZR (nth q a 0%Z) * IZR (nth q a 0%Z)) (seq 0 m) +
    rsum (fun q => IZR (nth q u 0%Z) * IZR (nth q u 0%Z)) (seq 0 k))).
  2:{ unfold D, residue, zmat. cbn [Nat.eqb bitR nth]. ring. }
  lra.
Qed.
Definition gram_ok (m k : nat) (A U : list (list Z)) (c e s : Z) : bool :=
  short m A && short k U && Nat.eqb (length A) (length U) && Z.leb 0 e && Z.leb 0 s && Z.leb (c + e) (s * s) &&
  Z.leb (zsquares 0 c A U) (e * e).
Lemma gram_ok_sound m k A U c e s : gram_ok m k A U c e s = true -> norm_le (length A) m (zmat A) (IZR s).
Proof.
  unfold gram_ok. rewrite !andb_true_iff. intros ((((((H1 & H2) & H3) & H4) & H5) & H6) & H7).
  apply Nat.eqb_eq in H3. apply Z.leb_le, IZR_le in H4, H5, H6, H7. rewrite plus_IZR, mult_IZR in H6.
  rewrite mult_IZR, (zsquares_ok m k) in H7 by (auto using short_forall).
  apply (gram_norm (length A) m k (zmat A) (zmat U) (IZR c) (IZR e)); auto. lra.
Qed.

(** ** the Frobenius norm *)
Fixpoint zfrobenius (s : Z) (A : list (list Z)) : Z :=
  match A with [] => s | a :: A' => zfrobenius (zdot_from s a a) A' end.
Lemma frobenius_sound m A f : short m A = true -> 0 <= f -> IZR (zfrobenius 0 A) <= f * f ->
  norm_le (length A) m (zmat A) f.
Proof.
  intros H Hf HF y. apply short_forall in H. apply euclid_le; [apply Rmult_le_pos; auto; apply euclid_nonneg|].
  apply Rle_trans with (IZR (zfrobenius 0 A) * dot m y y).
  2:{ replace (f * euclid m y * (f * euclid m y)) with (f * f * (euclid m y * euclid m y)) by ring.
      rewrite euclid_sqr. apply Rmult_le_compat_r; auto. apply dot_nonneg. }
  enough (G : forall A s, Forall (fun a => length a <= m)%nat A ->
    dot (length A) (mv m (zmat A) y) (mv m (zmat A) y) + IZR s * dot m y y <= IZR (zfrobenius s A) * dot m y y).
  { specialize (G A 0%Z H). lra. }
  clear. induction A as [|a A IH]; intros s HA; cbn [zfrobenius length].
  - unfold dot at 1. cbn [seq rsum]. lra.
  - inversion_clear HA. eapply Rle_trans; [|apply IH; auto]. unfold dot at 1. cbn [seq rsum].
    rewrite seq_shift_S, rsum_map, zdot_from_zdot, plus_IZR, (zdot_ok a a m) by auto.
    pose proof (cauchy_schwarz (fun q => IZR (nth q a 0%Z)) y (seq 0 m)) as C. fold (dot m y y) in C.
    change (mv m (zmat (a :: A)) y 0%nat) with (rsum (fun q => IZR (nth q a 0%Z) * y q) (seq 0 m)).
    change (dot (length A) (mv m (zmat A) y) (mv m (zmat A) y)) with
      (rsum (fun i => mv m (zmat (a :: A)) y (S i) * mv m (zmat (a :: A)) y (S i)) (seq 0 (length A))). lra.
Qed.

(** ** certificates *)
Definition zmap (f : Z -> Z) (A : list (list Z)) : list (list Z) := map (map f) A.
Lemma zmap_ok f A i j : f 0%Z = 0%Z -> zmat (zmap f A) i j = IZR (f (nth j (nth i A []) 0%Z)).
Proof.
  intros H. unfold zmat, zmap. f_equal.
  assert (E : nth i (map (map f) A) [] = map f (nth i A [])) by exact (map_nth (map f) A [] i). rewrite E.
  transitivity (nth j (map f (nth i A [])) (f 0%Z)); [rewrite H; reflexivity|apply map_nth].
Qed.
Lemma zmap_length f A : length (zmap f A) = length A. Proof. apply map_length. Qed.
Lemma zmap_short f m A : short m (zmap f A) = short m A.
Proof. unfold short, zmap. induction A; cbn; auto. rewrite map_length, IHA. auto. Qed.
(** the transpose of a matrix with m columns *)
Fixpoint transpose (m : nat) (A : list (list Z)) : list (list Z) :=
  match A with
  | [] => repeat [] m
  | a :: A' => let fix go (n : nat) (a : list Z) (T : list (list Z)) : list (list Z) :=
      match n, T with S n', t :: T' => (hd 0%Z a :: t) :: go n' (tl a) T' | _, _ => [] end
      in go m a (transpose m A')
  end.
Lemma transpose_ok m A : length (transpose m A) = m /\ (short (length A) (transpose m A) = true) /\
  forall i j, (j < m)%nat -> zmat (transpose m A) j i = zmat A i j.
Proof.
  induction A as [|a A (I1 & I2 & I3)]; cbn [transpose length].
  - rewrite repeat_length. split; auto. split.
    + unfold short. apply forallb_forall. intros a Ha. apply repeat_spec in Ha. subst. reflexivity.
    + intros i j _. unfold zmat. replace (nth j (repeat (@nil Z) m) []) with (@nil Z).
      2:{ symmetry. destruct (nth_in_or_default j (repeat (@nil Z) m) []) as [H|H]; auto. apply repeat_spec in H. auto. }
      destruct i, j; reflexivity.
  - match goal with |- length (?go _ _ _) = _ /\ _ => set (g := go) end.
    assert (G : forall n a T, length T = n -> length (g n a T) = n /\
      (forall k, short k T = true -> short (S k) (g n a T) = true) /\
      forall j, (j < n)%nat -> nth j (g n a T) [] = nth j a 0%Z :: nth j T []).
    { induction n as [|n IH]; intros b [|t T] HT; try discriminate; cbn [g].
      - repeat split; auto. intros; lia.
      - injection HT as HT. destruct (IH (tl b) T HT) as (J1 & J2 & J3). fold g. split; [cbn; auto|]. split.
        + intros k Hk. cbn in Hk. apply andb_true_iff in Hk as [K1 K2]. specialize (J2 k K2).
          cbn [short forallb length]. apply andb_true_iff. split; auto.
        + intros [|j] Hj; cbn [nth]; [destruct b; reflexivity|]. rewrite J3 by lia. f_equal.
          destruct b; cbn [tl nth]; auto. destruct j; auto. }
    destruct (G m a (transpose m A) I1) as (J1 & J2 & J3). split; auto. split; [apply J2; auto|].
    intros i j Hj. unfold zmat. rewrite J3 by auto. destruct i as [|i]; cbn [nth]; auto. apply I3. auto.
Qed.

(** Frobenius f: the Frobenius norm is at most f. Gram d k U c e s f: A holds the matrix without its lowest d
    bits, and has norm at most s by the certificate; the lowest bits have Frobenius norm at most f. *)
Inductive how := Frobenius (f : Z) | Gram (d : Z) (k : nat) (U : list (list Z)) (c e s f : Z).
Definition how_bound (m : nat) (B : list (list Z)) (h : how) : option Z :=
  match h with
  | Frobenius f => if short m B && Z.leb 0 f && Z.leb (zfrobenius 0 B) (f * f) then Some f else None
  | Gram d k U c e s f =>
    let A := zmap (fun z => Z.shiftr z d) B in
    let low := zmap (fun z => Z.sub z (Z.shiftl (Z.shiftr z d) d)) B in
    if Z.leb 0 d && short m B && gram_ok m k A U c e s && Z.leb 0 f && Z.leb (zfrobenius 0 low) (f * f)
    then Some (Z.shiftl s d + f)%Z else None
  end.
Lemma how_bound_sound m B h b : how_bound m B h = Some b -> 0 <= IZR b /\ norm_le (length B) m (zmat B) (IZR b).
Proof.
  destruct h as [f|d k U c e s f]; cbn [how_bound].
  - destruct (_ && _) eqn:H; [|discriminate]. intros E. injection E as ->.
    rewrite !andb_true_iff in H. destruct H as [[H1 H2] H3]. apply Z.leb_le, IZR_le in H2, H3.
    rewrite mult_IZR in H3. split; auto. apply frobenius_sound; auto.
  - cbv zeta. destruct (_ && _) eqn:H; [|discriminate]. intros E. injection E as <-.
    rewrite !andb_true_iff in H. destruct H as ((((H1 & H2) & H3) & H4) & H5).
    apply Z.leb_le in H1. apply Z.leb_le, IZR_le in H4, H5. rewrite mult_IZR in H5.
    assert (S0 : 0 <= IZR s).
    { unfold gram_ok in H3. rewrite !andb_true_iff in H3. apply IZR_le, Z.leb_le. tauto. }
    apply gram_ok_sound in H3. rewrite zmap_length in H3. rewrite plus_IZR, two_shift by auto.
    pose proof (two_pos d) as T0. split; [assert (0 <= IZR s * two d) by (apply Rmult_le_pos; lra); lra|].
    eapply (norm_le_ext _ _ (fun i j => two d * zmat (zmap (fun z => Z.shiftr z d) B) i j +
      zmat (zmap (fun z => Z.sub z (Z.shiftl (Z.shiftr z d) d)) B) i j)).
    + intros i j _ _. rewrite !zmap_ok by (rewrite ?Z.shiftr_0_l, ?Z.shiftl_0_l; reflexivity).
      rewrite minus_IZR, two_shift by auto. unfold zmat. lra.
    + rewrite (Rmult_comm (IZR s)). apply norm_le_sum; [apply norm_le_scale; auto; lra|].
      rewrite <- (zmap_length (fun z => Z.sub z (Z.shiftl (Z.shiftr z d) d))). apply frobenius_sound; auto.
      rewrite zmap_short. auto.
Qed.
(** the matrix is multiplied by 2^lift first, so that small integers lose nothing to rounding *)
Record certificate := Certificate { lift : Z; of_transpose : bool; by_which : how }.
Definition norm_bound (m : nat) (B : list (list Z)) (ct : certificate) : option dyadic :=
  let n := length B in
  let B' := zmap (fun z => Z.shiftl z (lift ct)) B in
  let b := if Z.leb 0 (lift ct) && short m B then
      if of_transpose ct then how_bound n (transpose m B') (by_which ct) else how_bound m B' (by_which ct)
    else None in
  match b with Some b => Some (Dyadic b (- lift ct)) | None => None end.
Theorem norm_bound_sound m B ct d : norm_bound m B ct = Some d ->
  0 <= value d /\ norm_le (length B) m (zmat B) (value d).
Proof.
  unfold norm_bound. cbv zeta. destruct (Z.leb 0 (lift ct) && short m B) eqn:H; [|discriminate].
  apply andb_true_iff in H as [H1 H2]. apply Z.leb_le in H1. set (B' := zmap _ B).
  set (b := if of_transpose ct then _ else _). destruct b as [b0|] eqn:E; [|discriminate]. intros X. injection X as <-.
  assert (G : 0 <= IZR b0 /\ norm_le (length B) m (zmat B') (IZR b0)).
  { unfold b in E. destruct (of_transpose ct).
    - destruct (how_bound_sound _ _ _ _ E) as [P Q]. split; auto. destruct (transpose_ok m B') as (T1 & T2 & T3).
      rewrite T1 in Q. apply norm_le_tr; auto. eapply norm_le_ext; [|exact Q]. intros i j Hi Hj. apply T3. auto.
    - destruct (how_bound_sound _ _ _ _ E) as [P Q]. split; auto. unfold B' in Q. rewrite zmap_length in Q. exact Q. }
  destruct G as [P Q]. unfold value. cbn [mantissa exponent]. pose proof (two_pos (- lift ct)) as T.
  split; [apply Rmult_le_pos; lra|]. rewrite Rmult_comm.
  eapply norm_le_ext; [|apply (norm_le_scale _ _ _ _ (two (- lift ct)) ltac:(lra) Q)]. intros i j _ _. cbn beta.
  unfold B'. rewrite zmap_ok by apply Z.shiftl_0_l. rewrite two_shift by auto.
  unfold zmat. transitivity (IZR (nth j (nth i B []) 0%Z) * (two (- lift ct) * two (lift ct))); [ring|].
  rewrite two_neg. ring.
Qed.
